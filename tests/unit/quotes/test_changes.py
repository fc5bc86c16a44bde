"""What a customer is told of a newer version: what reads differently, and nothing that only staff may know."""

import json
from dataclasses import asdict, fields, replace

from domain.offer.comparison import Change
from domain.offer.content import Override, OverrideFate
from domain.offer.enclosures import Enclosure
from domain.presentation.differences.changes import ChangedSheetLine, SheetChanges, sheet_changes
from domain.presentation.sheet import Break, OfferSheet, PricedChoice, SheetFile, SheetLine, Sum, offer_sheet
from tests.unit.quotes.test_overrides import content
from tests.unit.quotes.test_priced import LINE

BLOCK = SheetLine(
    description="Bearing block, left",
    part="4711-A, revision C",
    specification="Aluminium, CNC machined",
    quantity="20",
    unit_price="213.06",
    total="4\u202f261.23",
    lead_time="15 working days",
    discount=None,
    is_rounded=True,
    service="Standard",
)
SPACER = replace(BLOCK, description="Spacer", part=None, specification="Steel, laser cut", total="38.50")
DELIVERY = replace(BLOCK, description="Delivery", part=None, specification="", total="37.50", lead_time=None)


def sheet(
    *lines: SheetLine,
    total: str = "EUR 4\u202f261.23",
    sums: tuple[Sum, ...] = (),
    files: tuple[SheetFile, ...] = (),
) -> OfferSheet:
    """A sheet of these lines."""
    return OfferSheet(
        currency="EUR",
        lines=lines,
        sums=sums,
        total=total,
        files=files,
        no_tax=None,
        customer_reference=None,
        introduction=(),
        remarks=(),
        terms=(),
        delivery_terms=(),
    )


def test_the_same_sheet_has_no_changes() -> None:
    """Two lines that read alike are two lines, on either side."""
    same = sheet(BLOCK, SPACER, SPACER, DELIVERY)
    assert sheet_changes(same, same) == SheetChanges(
        added=(), removed=(), changed=(), discounts=(), files=(), texts=(), total=None
    )
    assert sheet_changes(same, same).is_empty
    assert sheet_changes(same, sheet(BLOCK, SPACER, DELIVERY)).removed == (SPACER,)


def test_another_file_under_the_same_name_is_told() -> None:
    """By its digest; one that is new or gone by its name."""
    old = SheetFile(name="a.step", about="STEP model, 1 kB", sha256="a" * 64, line=None)
    new = replace(old, sha256="b" * 64)
    (change,) = sheet_changes(sheet(BLOCK, files=(old,)), sheet(BLOCK, files=(new,))).files
    assert (change.field, change.old) == ("File a.step", "STEP model, 1 kB, SHA-256 aaaaaaaa…")
    gone = sheet_changes(sheet(BLOCK, files=(old,)), sheet(BLOCK))
    assert (gone.files[0].new, gone.is_empty) == (None, False)


def test_every_word_of_a_line_is_told_old_and_new() -> None:
    """Quantity, prices, specification, service, lead time and discount; one field each, in reading order."""
    after = replace(
        BLOCK,
        specification="Stainless steel, CNC machined",
        quantity="30",
        service="Economy",
        lead_time=None,
        unit_price="200.00",
        discount="EUR 6\u202f000.00 less 60.00: Repeat order",
        total="5\u202f940.00",
    )
    changes = sheet_changes(sheet(BLOCK), sheet(after, total="EUR 5\u202f940.00"))
    assert changes.changed == (
        ChangedSheetLine(
            description="Bearing block, left",
            fields=(
                Change(
                    field="Specification", old="Aluminium, CNC machined", new="Stainless steel, CNC machined"
                ),
                Change(field="Pieces", old="20", new="30"),
                Change(field="Service", old="Standard", new="Economy"),
                Change(field="Lead time", old="15 working days", new=None),
                Change(field="Price each", old="213.06", new="200.00"),
                Change(field="Discount", old=None, new="EUR 6\u202f000.00 less 60.00: Repeat order"),
                Change(field="Line total", old="4\u202f261.23", new="5\u202f940.00"),
            ),
        ),
    )
    assert changes.total == Change(field="Total", old="EUR 4\u202f261.23", new="EUR 5\u202f940.00")
    assert not changes.is_empty


def test_a_line_put_in_before_the_others_does_not_make_them_look_changed() -> None:
    """Lines are found again by what they are, not by their place."""
    changes = sheet_changes(sheet(BLOCK, SPACER), sheet(DELIVERY, SPACER, BLOCK))
    assert (changes.added, changes.removed, changes.changed) == ((DELIVERY,), (), ())
    assert sheet_changes(sheet(BLOCK, SPACER), sheet(BLOCK)).removed == (SPACER,)


def test_a_line_is_found_again_by_one_sign_that_stayed() -> None:
    """A new name, a new revision or a new specification is a change, not another line; all at once is."""
    for changed, label in (
        (replace(BLOCK, description="Block, left"), "Description"),
        (replace(BLOCK, part="4711-A, revision D"), "Part"),
        (replace(SPACER, description="Ring"), "Description"),
        (replace(SPACER, specification="Brass, laser cut"), "Specification"),
    ):
        before = BLOCK if changed.part else SPACER
        changes = sheet_changes(sheet(before), sheet(changed))
        assert [field.field for line in changes.changed for field in line.fields] == [label]
        assert (changes.added, changes.removed) == ((), ())
    changes = sheet_changes(sheet(SPACER), sheet(DELIVERY))
    assert (changes.added, changes.removed, changes.changed) == ((DELIVERY,), (SPACER,), ())


def test_a_discount_on_the_whole_is_told_and_what_follows_from_it_is_not() -> None:
    """Given, changed in amount, or gone."""
    rows = (
        Sum(label="Subtotal", amount="100.00"),
        Sum(label="Discount: 5 %, Repeat order", amount="\N{MINUS SIGN}5.00"),
        Sum(label="Net", amount="95.00"),
        Sum(label="Tax 19 % on 95.00", amount="18.05"),
    )
    changes = sheet_changes(sheet(BLOCK), sheet(BLOCK, sums=rows))
    told = Change(field="Discount: 5 %, Repeat order", old=None, new="\N{MINUS SIGN}5.00")
    assert changes.discounts == (told,)
    assert not changes.is_empty
    assert sheet_changes(sheet(BLOCK, sums=rows), sheet(BLOCK)).discounts == (
        replace(told, old=told.new, new=None),
    )


def test_prices_of_other_quantities_are_no_change() -> None:
    """They are not ordered."""
    other = Break(quantity="50", unit_price="190.00", total="9\u202f500.00")
    assert sheet_changes(sheet(BLOCK), sheet(replace(BLOCK, breaks=(other,)))).is_empty


def test_nothing_internal_can_cross_over() -> None:
    """Overrides and their reasons, notes, breakdowns and card ids of both contents are in no word of it."""
    secret = "internal-figure"
    override = Override(reason=secret, by=secret, computed_unit_price="1.00", computed_total="9.87")
    fate = OverrideFate(position=1, fate="kept", reason=secret)
    contents = []
    for quantity in (20, 30):
        plain = content(LINE)
        line = replace(
            plain.lines[0],
            quantity=quantity,
            override=override,
            rate_card_id=secret,
            breakdown=({"name": "margin", "amount": "9.87", "formula": secret},),
        )
        file = Enclosure(sha256="a" * 64, name=secret, media_type="application/pdf", size=quantity)
        plain = replace(plain, lines=(line,), notes=secret, override_fates=(fate,))
        contents.append(replace(plain, files=(file,)))
    changes = sheet_changes(*map(offer_sheet, contents))
    assert not changes.is_empty
    text = json.dumps(asdict(changes))
    assert secret not in text
    assert "9.87" not in text
    assert {field.name for field in fields(SheetChanges)} == {
        *("added", "removed", "changed", "discounts", "files", "texts", "total"),
    }


def test_a_choice_is_told_by_its_prices() -> None:
    """Of a line that offers one, which price is new; the line's own figures are the first one's, and say nothing more."""
    ten = PricedChoice(
        key="10 standard",
        amount="10 pieces",
        service="Standard",
        lead_time="10 working days",
        unit_price="10.00",
        total="100.00",
        discount=None,
        is_rounded=False,
    )
    more = replace(ten, key="25 standard", amount="25 pieces", total="200.00")
    before = replace(sheet(replace(BLOCK, choices=(ten, more))), total=None)
    dearer = replace(BLOCK, choices=(ten, replace(more, total="220.00")), is_optional=True, quantity="10")
    found = sheet_changes(
        before, replace(sheet(dearer), total=None, conditions=("Discount: 5 %, Repeat order",))
    )
    [line] = found.changed
    assert line.fields == (
        Change(field="Optional", old=None, new="yes"),
        Change(field="25 pieces, Standard service", old="200.00", new="220.00"),
    )
    assert found.discounts == (
        Change(field="Discount: 5 %, Repeat order", old=None, new="on what is chosen"),
    )
    assert found.total is None
    assert sheet_changes(sheet(BLOCK), before).total == Change(
        field="Total", old="EUR 4\u202f261.23", new="to be chosen"
    )
