"""A claim in the form that partners take: a page to print and a workbook, in English and their language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from knockdown.documents.kit_claims import ClaimForm, FormLine
from knockdown.events.codes import ClaimCode
from knockdown.reports.words import grouped

RUSSIAN = ("BY", "RU", "KZ", "KG")
MEASURED = ("kg", "l", "m", "m2")


@dataclass(frozen=True)
class Words:
    """What stands on the form, in one language; `second` is the partner's own, if it is another."""

    title: str
    draft: str
    total: str
    legend: str
    sign: str
    answer: str
    made: str = "made by knockdown"
    position: str = "ledger position"
    no_price: str = "price not known"
    second: Words | None = None


RU = Words("Рекламация на комплектующие", "ПРОЕКТ", "Итого", "Коды", "За завод: имя, дата, подпись",
           "Ответ поставщика: имя, дата, подпись", no_price="цена неизвестна")  # fmt: skip
EN = Words("Claim on kit material", "DRAFT", "Total", "Codes", "For the plant: name, date, signature",
           "Partner's answer: name, date, signature")  # fmt: skip
MEANINGS_RU = {
    "M": "деталь отсутствует полностью",
    "S": "недостача части деталей",
    "D": "деталь повреждена",
    "W": "поставлена другая деталь",
    "F": "деталь не работает",
    "DP": "повреждена упаковкой",
    "DT": "повреждена при перевозке",
    "A": "деталь ржавая",
}
ASTERISK = "* the part is only inside an assembly", "деталь внутри узла"


@dataclass(frozen=True)
class FormColumn:
    """A column of the form."""

    heading: str
    second: str
    width: float
    numeric: bool = False


COLUMNS = (
    FormColumn("No.", "№", 5, True),
    FormColumn("Case", "Место", 12),
    FormColumn("Part number", "Номер детали", 18),
    FormColumn("Part name", "Наименование", 30),
    FormColumn("Packed", "По упаковочному листу", 9, True),
    FormColumn("Found good", "Годных", 9, True),
    FormColumn("Claimed", "Рекламация", 10, True),
    FormColumn("Unit", "Ед.", 6),
    FormColumn("Code", "Код", 7),
    FormColumn("Meaning", "Значение", 28),
    FormColumn("Photo", "Фото", 18),
    FormColumn("Found on", "Обнаружено", 11),
    FormColumn("Value", "Стоимость", 12, True),
)


def words_of(form: ClaimForm) -> Words:
    """The words of a form: English, with Russian beside it for partners who use that."""
    if form.partner_country not in RUSSIAN:
        return EN
    return Words(EN.title, EN.draft, EN.total, EN.legend, EN.sign, EN.answer, second=RU)


def write_html(path: Path, form: ClaimForm) -> None:
    """Write the page: A4 across, no outside request, no script."""
    path.write_text(page(form), encoding="utf-8", newline="\n")


def page(form: ClaimForm) -> str:
    """The page's text."""
    words = words_of(form)
    has_second = words.second is not None
    shown = [c if has_second else FormColumn(c.heading, "", c.width, c.numeric) for c in COLUMNS]
    return _environment().get_template("claim_form.html.j2").render(
        form=form,
        words=words,
        heads=list(_heads(form, has_second)),
        columns=shown,
        rows=[list(zip(shown, _texts(form, line), strict=True)) for line in form.lines],
        pieces=_pieces(form),
        value=_money(form),
        legend=list(_legend(has_second)),
    )  # fmt: skip


def _heads(form: ClaimForm, has_second: bool) -> Iterator[tuple[tuple[str, str], str]]:
    named = (
        ("Partner", "Поставщик", form.partner),
        ("Contract", "Контракт", form.contract),
        ("Kit lot", "Партия", form.lot),
        ("Launch", "Запуск", form.launch),
        ("Variant", "Исполнение", form.variant),
        ("Declaration", "Декларация", form.declaration),
        ("Arrived", "Прибыло", form.arrived),
        ("To be sent by", "Направить до", form.due),
    )
    for english, russian, value in named:
        yield (english, russian if has_second else ""), "–" if value is None else str(value)


def _legend(has_second: bool) -> Iterator[tuple[str, str]]:
    for code in ClaimCode:
        yield code.value, code.meaning + (f" / {MEANINGS_RU[code.value]}" if has_second else "")
    yield "*", ASTERISK[0][2:] + (f" / {ASTERISK[1]}" if has_second else "")


def _code(line: FormLine) -> str:
    return f"{line.code} *" if line.in_assembly else line.code


def _amount(n_parts: int | None, unit: str) -> float | None:
    return None if n_parts is None else n_parts / 1000 if unit in MEASURED else n_parts


def _texts(form: ClaimForm, line: FormLine) -> list[str]:
    value = _no_price(form) if line.value is None else grouped(line.value, 2)
    return [_text(cell) for cell in _cells(form, line)[:-1]] + [value]


def _text(cell: str | float | None) -> str:
    return "–" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)


def _cells(form: ClaimForm, line: FormLine) -> list[str | float | None]:
    counts = [_amount(n_parts, line.unit) for n_parts in (line.packed, line.found, line.claimed)]
    meaning = line.meaning
    if words_of(form).second is not None:
        meaning = f"{line.meaning} / {MEANINGS_RU[line.code]}"
    return [
        line.number,
        line.case,
        line.part,
        line.name,
        *counts,
        line.unit,
        _code(line),
        meaning,
        line.photo,
        str(line.found_on),
        _no_price(form) if line.value is None else line.value,
    ]


def _pieces(form: ClaimForm) -> str:
    lines = f"{len(form.lines)} line{'' if len(form.lines) == 1 else 's'}"
    if any(line.unit in MEASURED for line in form.lines):
        return lines
    return f"{lines}, {form.pieces} piece{'' if form.pieces == 1 else 's'}"


def _no_price(form: ClaimForm) -> str:
    words = words_of(form)
    return f"{words.no_price}{f' / {words.second.no_price}' if words.second else ''}"


def _money(form: ClaimForm) -> str:
    """The total, and of how many lines it is not known."""
    if form.value is None:
        return _no_price(form)
    n_unknown = sum(line.value is None for line in form.lines)
    more = f"; {n_unknown} x {_no_price(form)}" if n_unknown else ""
    return f"{grouped(form.value, 2)} {form.currency}{more}"


def write_xlsx(path: Path, form: ClaimForm) -> None:
    """Write the workbook: the same form on one sheet, numbers as numbers, text never a formula."""
    import xlsxwriter

    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": f"Claim {form.claim}", "comments": "made by knockdown"})
        sheet = book.add_worksheet("Claim")
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "small": book.add_format({"font_color": "#555555"}),
            "bold": book.add_format({"bold": True}),
            "head": book.add_format(
                {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#eeeeee", "valign": "top"}
            ),
            "text": book.add_format({"text_wrap": True, "border": 1, "valign": "top", "num_format": "@"}),
            "count": book.add_format({"border": 1, "valign": "top", "num_format": "#,##0.###"}),
            "money": book.add_format({"border": 1, "valign": "top", "num_format": "#,##0.00"}),
        }
        _fill(sheet, styles, form)


def _fill(sheet: Any, styles: dict[str, Any], form: ClaimForm) -> None:
    words = words_of(form)
    title = f"{words.title}{f' / {words.second.title}' if words.second else ''}: {form.claim}"
    sheet.write_string(0, 0, _safe(title), styles["title"])
    state = f", {words.draft}" if form.state == "draft" else ""
    sheet.write_string(1, 0, _safe(f"{form.plant_name}, {form.at}{state}"), styles["small"])
    row = 3
    for (english, russian), value in _heads(form, words.second is not None):
        sheet.write_string(row, 0, f"{english}{f' / {russian}' if russian else ''}", styles["bold"])
        sheet.write_string(row, 3, _safe(value))
        row += 1
    row = _lines(sheet, styles, form, row + 1)
    sheet.write_string(row + 1, 0, words.legend, styles["bold"])
    for number, (code, meaning) in enumerate(_legend(words.second is not None), start=row + 2):
        sheet.write_string(number, 1, code, styles["bold"])
        sheet.write_string(number, 2, meaning)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.fit_to_pages(1, 0)


def _lines(sheet: Any, styles: dict[str, Any], form: ClaimForm, top: int) -> int:
    """Write the table from a row on; the row after its total."""
    has_second = words_of(form).second is not None
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width)
        heading = f"{column.heading} / {column.second}" if has_second else column.heading
        sheet.write_string(top, at, heading, styles["head"])
    sheet.repeat_rows(top)
    for row, line in enumerate(form.lines, start=top + 1):
        for at, cell in enumerate(_cells(form, line)):
            _cell(sheet, styles, row, at, cell)
    last = top + 1 + len(form.lines)
    sheet.write_string(last, 0, f"{words_of(form).total}: {_pieces(form)}", styles["bold"])
    sheet.write_string(last, len(COLUMNS) - 2, form.currency, styles["bold"])
    _cell(sheet, styles, last, len(COLUMNS) - 1, _no_price(form) if form.value is None else form.value)
    return last + 1


def _cell(sheet: Any, styles: dict[str, Any], row: int, at: int, cell: str | float | None) -> None:
    if cell is None:
        sheet.write_blank(row, at, None, styles["text"])
    elif isinstance(cell, str):
        sheet.write_string(row, at, _safe(cell), styles["text"])
    else:
        sheet.write_number(row, at, cell, styles["money" if at == len(COLUMNS) - 1 else "count"])


def _safe(text: str) -> str:
    from knockdown.reports.workbook import safe_text

    return safe_text(text)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_data),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _data(name: str) -> str:
    return resources.files("knockdown.data").joinpath("report", name).read_text("utf-8")
