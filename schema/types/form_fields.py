"""The one WTForms field all types use, and the widgets that draw it."""

# ruff: noqa: S704 -- what is marked safe is html_params' own output, which escapes

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import wtforms
from markupsafe import Markup
from wtforms.fields.core import UnboundField
from wtforms.widgets import html_params

from schema.text import BadValue, Text
from schema.types.base import Context, FieldType

if TYPE_CHECKING:
    from schema.spec import Field

REQUIRED = Text("请填写“{label}”", "“{label}” is required")


def typed(field: Field, context: Context, widget: Widget) -> UnboundField:
    """The unbound form field of ``field``: its label, help, type and widget, said in the reader's language."""
    unbound: UnboundField = TypedField(
        field.label.to(context.locale),
        field=field,
        context=context,
        widget=widget,
        description=field.help.to(context.locale) if field.help else "",
    )
    return unbound


class TypedField(wtforms.Field):  # type: ignore[misc]
    """A form field that reads and writes through a field type.

    ``data`` is the typed value, or None after a refused text; ``raw_text`` is then what was typed, and stands in
    the input again beside the message. A field that is not in the posted form keeps the record's value.
    """

    def __init__(self, label: str | None = None, *, field: Field, context: Context, **kwargs: Any) -> None:
        self.field = field
        self.field_type: FieldType = field.type
        self.context = context
        self.raw_text: str | None = None
        super().__init__(label, **kwargs)
        self.flags.required = field.required and not field.type.computed

    def process(self, formdata: Any, data: Any = wtforms.utils.unset_value, extra_filters: Any = None) -> None:
        self.raw_text = None
        self._formdata = formdata
        super().process(formdata, data, extra_filters)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            return
        try:
            self.data = self.widget.read(self, [v for v in valuelist if isinstance(v, str)])
        except BadValue as bad:
            self.data = None
            self.raw_text = self.widget.raw(self, valuelist)
            raise ValueError(bad.text.to(self.context.locale)) from bad

    def posted(self, suffix: str) -> str:
        """The trimmed text posted under this field's name with ``suffix`` (the visible half of a combobox)."""
        values = self._formdata.getlist(self.name + suffix) if self._formdata is not None else []
        return str(values[-1]).strip() if values else ""

    def pre_validate(self, form: Any) -> None:
        if self.flags.required and self.data is None and not self.process_errors:
            raise wtforms.validators.StopValidation(REQUIRED.with_(label=self.label.text).to(self.context.locale))

    def text_value(self) -> str:
        """What the input shows: the refused text, else the value as text."""
        if self.raw_text is not None:
            return self.raw_text
        return self.field_type.edit_text(self.data, self.context)


class Widget:
    """Base of the widgets: ``read`` makes the value of the posted strings, calling it draws the HTML."""

    attributes: Mapping[str, Any] = {"type": "text"}

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        """The typed value of what was posted; raises BadValue."""
        return field.field_type.parse(values[-1] if values else "", field.context)

    def raw(self, field: TypedField, values: Sequence[Any]) -> str:
        """The refused text, to be shown again."""
        return str(values[-1])

    def params(self, field: TypedField, given: Mapping[str, Any]) -> dict[str, Any]:
        """The HTML attributes every input of ``field`` carries; those given by the template win."""
        own: dict[str, Any] = {"id": field.id, "name": field.name, **self.attributes}
        if field.flags.required:
            own["required"] = True
        if field.errors or field.process_errors:
            own["aria-invalid"] = "true"
        return own | dict(given)

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        return _tag("input", **self.params(field, {"value": field.text_value(), **given}))


class TextWidget(Widget):
    """A one-line input; ``attributes`` are its HTML attributes (type, inputmode, maxlength …)."""

    def __init__(self, **attributes: Any) -> None:
        self.attributes = {"type": "text", **attributes}


class NumberWidget(Widget):
    """A text input with the numeric keyboard: separators, units and ¥ may be typed."""

    def params(self, field: TypedField, given: Mapping[str, Any]) -> dict[str, Any]:
        kind = field.field_type
        own = {"inputmode": "decimal" if kind.places else "numeric", "autocomplete": "off", "data-number": kind.places}
        unit = getattr(kind, "unit", "")
        return super().params(field, own | ({"data-unit": unit} if unit else {}) | dict(given))


class AreaWidget(Widget):
    """Several lines of text."""

    def __init__(self, **attributes: Any) -> None:
        self.attributes = {"rows": 4, **attributes}

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        params = html_params(**self.params(field, given))
        return Markup("<textarea %s>\n%s</textarea>") % (Markup(params), field.text_value())


class CheckWidget(Widget):
    """A checkbox; a hidden input beside it tells 'off' from 'not in this form'."""

    attributes: Mapping[str, Any] = {"type": "checkbox", "value": "1"}

    def params(self, field: TypedField, given: Mapping[str, Any]) -> dict[str, Any]:
        params = super().params(field, given)
        params.pop("required", None)
        return params

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        last = values[-1] if values else ""
        return field.field_type.parse(last, field.context) if last else False

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        marker = _tag("input", type="hidden", name=field.name, value="")
        return marker + _tag("input", **self.params(field, {"checked": bool(field.data), **given}))


class SelectWidget(Widget):
    """A select with an empty first option; ``options`` are (code, label)."""

    attributes: Mapping[str, Any] = {}

    def __init__(self, options: Iterable[tuple[str, str]]) -> None:
        self.options = tuple(options)

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        code = values[-1] if values else ""
        if any(code == known for known, _ in self.options):
            return field.field_type.check(code, field.context)
        return super().read(field, values)

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        options = [_option("", "", not field.data)]
        options += [_option(code, label, code == field.data) for code, label in self.options]
        if field.raw_text:
            options.append(_option(field.raw_text, field.raw_text, True))
        return Markup("<select %s>%s</select>") % (Markup(html_params(**self.params(field, given))), _join(options))


class GroupWidget(Widget):
    """A group of checkboxes or radio buttons with a label each; the group is named by the field's own label."""

    input_type = "checkbox"

    def __init__(self, options: Iterable[tuple[str, str]]) -> None:
        self.options = tuple(options)

    def chosen(self, field: TypedField) -> set[str]:
        """The codes that are ticked."""
        return set(field.data or ())

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        return field.field_type.check(tuple(v for v in values if v), field.context)

    def raw(self, field: TypedField, values: Sequence[Any]) -> str:
        return ""

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        chosen = self.chosen(field)
        required = self.input_type == "radio" and bool(field.flags.required)
        boxes = [_tag("input", type="hidden", name=field.name, value="")]
        for i, (code, label) in enumerate(self.options):
            own = {"id": f"{field.id}-{i}", "type": self.input_type, "name": field.name, "value": code}
            box = _tag("input", **own, checked=code in chosen, required=required, **{"class": "form-check-input"})
            words = Markup('<label class="form-check-label" for="%s">%s</label>') % (own["id"], label)
            boxes.append(Markup('<div class="form-check form-check-inline">%s%s</div>') % (box, words))
        params: dict[str, Any] = {"role": "radiogroup" if self.input_type == "radio" else "group", "id": field.id}
        params |= {"aria-label": field.label.text, "class": "choice-group", **_group_params(given)}
        if field.errors and self.input_type == "radio":
            params["aria-invalid"] = "true"
        return Markup("<div %s>%s</div>") % (Markup(html_params(**params)), _join(boxes))


class RatingWidget(GroupWidget):
    """Radio buttons from 1 to ``most``."""

    input_type = "radio"

    def __init__(self, most: int) -> None:
        super().__init__((str(i), str(i)) for i in range(1, most + 1))

    def chosen(self, field: TypedField) -> set[str]:
        return set() if field.data is None else {str(field.data)}

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        return field.field_type.parse(values[-1] if values else "", field.context)


class ComboboxWidget(Widget):
    """A look-up of one record: a hidden id and a text to search by; the screen puts the address in ``data_lookup``.

    Without script the text alone works: it is looked up by title, spelling or key when posted (name + '-text').
    """

    multiple = False

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        ids = [v for v in values if v]
        text = field.posted("-text")
        if not ids:
            return field.field_type.parse(text, field.context)
        return field.field_type.check(ids[-1], field.context)

    def raw(self, field: TypedField, values: Sequence[Any]) -> str:
        return field.posted("-text") or str(values[-1])

    def hidden(self, field: TypedField) -> Markup:
        """The hidden inputs that carry the ids."""
        return _tag("input", type="hidden", name=field.name, value="" if field.data is None else field.data)

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        lookup = given.pop("data_lookup", given.pop("data-lookup", ""))
        own = {"name": field.name + "-text", "role": "combobox", "aria-autocomplete": "list", "autocomplete": "off"}
        own |= {"aria-expanded": "false", "value": "" if self.multiple and not field.raw_text else field.text_value()}
        params = self.params(field, own | given)
        if self.multiple and field.data:
            params.pop("required", None)
        outer = {"class": "combobox", "data-lookup": lookup, "data-multiple": self.multiple}
        inner = self.hidden(field) + _tag("input", **params)
        return Markup("<div %s>%s</div>") % (Markup(html_params(**outer)), inner)


class ManyComboboxWidget(ComboboxWidget):
    """A look-up of several records: one hidden id and one removable chip each."""

    multiple = True

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        ids = [v for v in values if v]
        typed_too = field.field_type.parse(field.posted("-text"), field.context) or ()
        return field.field_type.check((*ids, *typed_too), field.context)

    def hidden(self, field: TypedField) -> Markup:
        to: str = getattr(field.field_type, "to", "")
        chips = [_tag("input", type="hidden", name=field.name, value="")]
        for id in field.data or ():
            title = field.context.title(to, id) or str(id)
            box = _tag("input", type="hidden", name=field.name, value=id)
            chips.append(Markup('<span class="chip" data-id="%s">%s%s</span>') % (id, title, box))
        return Markup('<span class="chips">%s</span>') % _join(chips)


class FilesWidget(Widget):
    """Files already kept as ticked boxes, and a file input (name + '-upload') for more.

    The screen stores what was uploaded and adds the keys to ``data`` before the record is written.
    """

    def __init__(self, accept: str = "", many: bool = True, capture: bool = False) -> None:
        self.accept, self.many, self.capture = accept, many, capture

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        return field.field_type.check(tuple(v for v in values if v), field.context)

    def raw(self, field: TypedField, values: Sequence[Any]) -> str:
        return ""

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        kept = [_tag("input", type="hidden", name=field.name, value="")]
        for i, key in enumerate(field.data or ()):
            own = {"type": "checkbox", "name": field.name, "value": key, "id": f"{field.id}-{i}", "checked": True}
            label = Markup('<label for="%s" data-file="%s">%s</label>') % (own["id"], key, key.rsplit("/", 1)[-1])
            kept.append(Markup('<div class="kept-file">%s%s</div>') % (_tag("input", **own), label))
        params = self.params(field, {"type": "file", "name": field.name + "-upload", "multiple": self.many, **given})
        if self.accept:
            params["accept"] = self.accept
        if self.capture:
            params["capture"] = "environment"
        if field.data:
            params.pop("required", None)
        return Markup('<div class="files">%s%s</div>') % (_join(kept), _tag("input", **params))


class ReadOnlyWidget(Widget):
    """A value the program works out: shown, never posted."""

    def read(self, field: TypedField, values: Sequence[str]) -> Any:
        return field.object_data

    def __call__(self, field: TypedField, **given: Any) -> Markup:
        shown = field.field_type.display(field.data, field.context)
        return Markup('<output id="%s">%s</output>') % (field.id, shown)


def _tag(tag: str, **attributes: Any) -> Markup:
    return Markup(f"<{tag} {html_params(**attributes)}>")


def _option(value: str, label: str, selected: bool) -> Markup:
    params = html_params(value=value, selected=selected)
    return Markup("<option %s>%s</option>") % (Markup(params), label)


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _group_params(given: Mapping[str, Any]) -> dict[str, Any]:
    """What of the template's attributes fits a group: ids of help and errors, data hooks."""
    return {k: v for k, v in given.items() if k.startswith(("aria", "data"))}
