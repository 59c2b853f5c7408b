"""The words partners write over their columns, by what the column holds.

Russian, English, Azerbaijani, Turkish and German, in the plain form of `headings.fold`. A word with `*` is
the beginning of one. The kinds are tried in order and the first that has a word in the heading holds, so that
"Кол-во в ящике" is a quantity and "Масса ящика брутто" a mass. "other" is known, and of no use here.
"""

WORDS: dict[str, str] = {
    "other": """
        п п, пп, порядков*, строка, примечан*, цена, стоимост*, сумма, объем, габарит*, размер*, страна,
        тн вэд, тнвэд, масса ед*, масса 1, масса одно*, масса шт*, вес ед*, вес 1, количество мест, кол
        во мест, s no, sl no, sr no, seq, line no, pos, position, remark*, note, notes, comment*, price,
        amount, value, volume, cbm, dimension*, hs code, country, unit weight, weight per piece, number
        of cases, no of cases, number of packages, no of packages, qeyd, qiymet, hecm, olculer, xif mn,
        mense, olke, yer sayi, yerlerin sayi, sira, not, notlar, aciklama, fiyat, tutar, hacim, gtip,
        birim agirlik, kap adedi, koli adedi, sandik sayisi, bemerkung, preis, betrag, volumen, masse
        cm, ursprung*, anzahl der*, anzahl kisten
    """,
    "gross": "брутто, gross, brutto, brut",
    "net": "нетто, net, nett, netto, xalis",
    "per_kit": """
        на комплект, на машинокомплект, на 1 комплект, на машину, на изделие, на трактор, на 1 трактор,
        на автомобиль, на ед*, per kit, per set, per vehicle, per unit, per tractor, per machine, per
        car, bir deste, deste dusen, deste gore, komplekte, bir komplekt*, set basina, takim basina,
        arac basina, je satz, pro satz, je fahrzeug, pro fahrzeug
    """,
    "qty": """
        кол, кол во, колво, количеств*, к во, штук, qty, quantity, q ty, pieces, pcs, miqdar*, sayi,
        say, eded, miktar*, adet, adedi, menge, anzahl, stuckzahl, stuck
    """,
    "name": """
        наименован*, назван*, описан*, name, description, adi, ad, tanim, tanimi, bezeichnung, benennung
    """,
    "unit": """
        ед изм*, ед, единиц*, unit, units, uom, u m, vahid, vahidi, olcu vahidi, birim, birimi, olcu
        birimi, olcu, einheit, mengeneinheit
    """,
    "packaging": """
        упаковк*, вид тары, тип тары, packaging, packing, package type, kind of package, type of
        package*, qablasdirma*, qablasma*, ambalaj*, paketleme, verpackung*
    """,
    "container": "контейнер*, вагон*, платформ*, container, wagon, konteyner*, vaqon*, vagon*, behalter",
    "launch": "запуск*, launch, buraxilis*, lansman",
    "lot": """
        лот, лота, лоте, партия, партии, машинокомплект*, kit lot, lot, lots, partiya*, lotu, lotun,
        parti, los, losnummer
    """,
    "contract": "контракт*, договор*, contract, kontrakt*, muqavile*, sozlesme*, vertrag*",
    "shipment": """
        отгрузк*, поставк*, накладн*, shipment, delivery, gonderis*, yuklenis*, sevkiyat*, sevk,
        irsaliye*, lieferung, lieferschein, sendung
    """,
    "box": "коробк*, короб, box, carton, inner box, qutu*, kutu*, karton*, schachtel",
    "case": """
        ящик*, мест*, паллет*, поддон*, тара, тары, case, crate, package, pallet, yesik*, yer, sandik*,
        sandig*, kasa, palet*, koli, kap, kiste, kisten, packstuck
    """,
    "variant": "модел*, исполнени*, модификац*, variant*, model*, tip, typ, type",
    "part": """
        обозначен*, детал*, каталож*, артикул*, шифр, код, чертеж*, номенклатурн*, part, parts, p n, pn,
        item, material, article, detal*, hisse*, ehtiyat*, parca*, malzeme*, stok, teil*, sachnummer,
        artikel*
    """,
}

WEAK = "item, item no, код, шифр, material, code, stok kodu"
"""Headings of a part number that may be something else, and yield to another column of part numbers."""

TITLES = """
    упаковочный лист, комплектовочная ведомость, packing list, qablasdirma siyahisi, qablasma vereqi,
    ceki listesi, paketleme listesi, packliste
"""
"""How a packing list calls itself; the number behind it is its own."""

REVISIONS = "ревизия, изменение, редакция, revision, rev, duzelis*, deyisiklik, revizyon"

TOTALS = """
    итого, всего, total, totals, grand total, sub total, subtotal, cemi, yekun, umumi, toplam, genel toplam,
    ara toplam, summe, gesamt, insgesamt
"""

NUMBERS = "no, nr, n, num, number, номер, код, nomre, nomresi, nomreli, numara, numarasi, nummer, id"
"""Words for a number, which may stand between a label and its value."""

UNITS: dict[str, str] = {
    "pcs 1": """
        шт, штук, штука, pcs, pc, piece, pieces, ea, each, nos, unit, units, eded, ed, adet, ad, stk,
        stuck, st
    """,
    "set 1": "компл, комплект, к т, kt, set, sets, kit, deste, dest, komplekt, takim, tk, satz",
    "pair 1": "пара, пар, пары, pair, pairs, pr, cut, cift, paar",
    "kg 1000000": "т, тонн, тонна, t, ton, tonne, tons",
    "kg 1000": "кг, килограмм, kg, kgs, kq, kilogram",
    "kg 1": "г, гр, грамм, g, gr, q, qr, gram",
    "l 1000": "л, литр, литров, l, lt, ltr, litre, liter, litr",
    "l 1": "мл, ml",
    "m 1000": "м, метр, метров, пог м, п м, m, mt, mtr, metre, meter, metr",
    "m 10": "см, cm, sm",
    "m 1": "мм, mm",
    "m2 1000": "м2, кв м, m2, sqm, sq m, kv m, qm",
}
"""Unit of measure, how many thousandths of it one is (1 for what is counted), and how it is written."""
