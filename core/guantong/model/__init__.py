"""The canonical model: events, fields, code lists, serials; loading and masking."""

from guantong.model.load import load_model
from guantong.model.schema import CodeList, EventModel, Field, FieldType, Model, Personal

__all__ = ["CodeList", "EventModel", "Field", "FieldType", "Model", "Personal", "load_model"]
