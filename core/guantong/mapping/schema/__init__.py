"""JSON Schema of the files under `mappings/`, made of the declarations their readers hold them to."""

from guantong.mapping.schema.documents import DOCUMENTS, Known, schema_of

__all__ = ["DOCUMENTS", "Known", "schema_of"]
