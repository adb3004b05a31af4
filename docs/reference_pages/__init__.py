"""The pages of docs/reference, each made from the declarations the product itself runs on."""
