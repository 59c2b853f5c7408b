"""Sizes and sources of a description, counted again by hand."""

import small_folder

from knockdown.plant.load import load
from knockdown.workflow.check_plant import check


def test_small_plant_is_counted_as_by_hand(tmp_path):
    report = check(small_folder.write(tmp_path / "p"))
    (plant,) = report.plants
    assert plant.sizes["variants"] == 3
    assert plant.sizes["work_elements"] == 5
    tractor, cab = plant.families
    assert (tractor.models, tractor.variants, tractor.work_elements, tractor.part_lines) == (2, 2, 4, 2)
    assert (cab.models, cab.variants, cab.work_elements, cab.part_lines) == (1, 1, 1, 0)
    by_table = {row.table: row for row in plant.tables}
    assert by_table["seasons"].numbers.numbers == 12
    assert by_table["plant.toml [storage]"].numbers.assumption == 2
    # jobs and indirect jobs are assumed, capacity_year is F003
    facility = by_table["plant.toml [facility]"].numbers
    assert (facility.fact, facility.assumption) == (1, 2)
    # one demand row says that its units follow from an assumption and a fact: assumed in part is assumed
    assert by_table["demand"].numbers.fact == 0


def test_parts_sum_to_totals(tmp_path):
    for name in ("azerbaijan", small_folder.write(tmp_path / "p")):
        report = check(name)
        assert report.numbers.numbers == sum(p.numbers.numbers for p in report.plants)
        for plant in report.plants:
            sums = [t.numbers for t in plant.tables]
            assert plant.numbers.numbers == sum(n.numbers for n in sums)
            assert all(n.numbers == n.fact + n.parameter + n.assumption for n in sums)
            assert sum(f.variants for f in plant.families) == plant.sizes["variants"]
            assert sum(f.part_lines for f in plant.families) == plant.sizes["bom"]


def test_a_loaded_plant_may_be_checked_too():
    assert check(load("khazar")) == check("khazar")


def test_one_slip_is_reported_once(tmp_path):
    """A faulty row still counts as named, so that its references are not faults as well."""
    import pytest

    from knockdown.basics.faults import BadInput

    slips = [
        ("variants.csv", "1.1,0.2", '"1,1",0.2'),
        ("routes.csv", "rail,Rail,supply,open", "rail,Rail,sea,open"),
    ]
    slips += [("crews.csv", "useful_share", "useful"), ("seasons.csv", "id,m01", "name,m01")]
    for file, old, new in slips:
        text = small_folder.files()[file].decode()
        assert old in text
        folder = small_folder.write(tmp_path / file.removesuffix(".csv"), {file: text.replace(old, new)})
        with pytest.raises(BadInput) as refused:
            check(folder)
        assert {fault.file for fault in refused.value.faults} == {file}
