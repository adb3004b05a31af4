"""Supervision (电子监察): every step of every case within its deadline.

`calendar` and `deadline` are pure; `facts` reads a case's events; `expected` says which warnings they deserve;
`watch` keeps that up to date beside the journey, off its path.
"""
