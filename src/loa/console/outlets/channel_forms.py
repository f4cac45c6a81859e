"""Forms made from a channel's typed classes: what the class says is what the form asks."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.utils.translation import gettext as _
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

SETTINGS, SECRETS, LIMITS, PROFILE = "thiet-lap", "mat-khau", "gioi-han", "thong-so"


def fields_of(model: type[BaseModel], prefix: str) -> dict[str, forms.Field]:
    """A form field for each field of the model, named `prefix-name`."""
    return {
        f"{prefix}-{name}": _field(info) for name, info in model.model_fields.items() if info.title
    }


def _field(info: FieldInfo) -> forms.Field:
    kinds = [kind for kind in get_args(info.annotation) if kind is not type(None)]
    kind = info.annotation if get_origin(info.annotation) is Literal or not kinds else kinds[0]
    common: dict[str, Any] = {
        "label": _(info.title or ""),
        "help_text": _(info.description) if info.description else "",
        "required": info.is_required(),
    }
    if get_origin(kind) is Literal:
        extra = info.json_schema_extra
        held = extra.get("labels") if isinstance(extra, dict) else None
        labels = held if isinstance(held, dict) else {}
        choices = [(one, _(str(labels.get(one, one)))) for one in get_args(kind)]
        return forms.ChoiceField(choices=choices, **common | {"required": False})
    if kind is bool:
        return forms.BooleanField(**common | {"required": False})
    if kind is int:
        bounds = {name: _bound(info, name) for name in ("ge", "le")}
        return forms.IntegerField(min_value=bounds["ge"], max_value=bounds["le"], **common)
    if kind is time:
        return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}), **common)
    if kind is SecretStr:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(max_length=500, strip=False, widget=widget, **common)
    return forms.CharField(max_length=_bound(info, "max_length") or 254, **common)


def _bound(info: FieldInfo, name: str) -> int | None:
    found = [getattr(one, name) for one in info.metadata if getattr(one, name, None) is not None]
    return int(found[0]) if found else None


class ChannelForm(forms.Form):
    """A form whose fields are given to it."""

    def __init__(self, made: Mapping[str, forms.Field], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(made)

    def part(self, prefix: str) -> dict[str, Any]:
        """What was typed for one model; what was left empty takes the model's own default."""
        start = f"{prefix}-"
        return {
            name.removeprefix(start): value
            for name, value in self.cleaned_data.items()
            if name.startswith(start) and value not in {None, ""}
        }

    def refuse(self, field: str, sentence: str) -> None:
        """Say it beside the field of this name, of whatever model; else above the form."""
        names: Iterable[str] = (
            field,
            *(name for name in self.fields if name.endswith(f"-{field}")),
        )
        where = next((name for name in names if field and name in self.fields), None)
        self.add_error(where, sentence)


def initial_of(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values as a form's initial ones."""
    return {f"{prefix}-{name}": value for name, value in values.items()}
