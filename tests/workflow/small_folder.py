"""A plant folder small enough to read at a glance, with a few rows in every table there is."""

import csv
import io
from pathlib import Path

TOML = """\
schema = "knockdown.plant/1"
id = "small"
name = "Small plant"
country = "AZ"
currency = "USD"
description = "A tractor line, a shop that makes its cabs, and a test bay."

[facility]
source = "assumption; capacity_year=F003"
founded = "2004"
jobs = 20
capacity_year = 30000
indirect_jobs_per_direct = 1.5
owners = [{ name = "Somebody", share = 0.6, source = "assumption" }]

[calendar]
source = "assumption"
country = "AZ"
workdays = ["Mon", "Tue", "Wed", "Thu", "Fri"]

[[calendar.shifts]]
name = "day"
start = "08:00"
end = "17:00"
breaks = [{ start = "12:00", end = "13:00" }]

[storage]
source = "assumption"
kit_places = 200
finished_places = 100

[finance]
source = "assumption"
opening_cash = 900000
credit_limit = 300000
interest_share_year = 0.12
closing_value_share = 0.9
holding_share_year = 0.06

[planning]
source = "assumption"
start = "2026-01"
months = 3
lead_quantile = 0.75
"""

_TEXTS = {
    "families": """
id,name,unit,line,published_as,learning_rate,forgetting_share_month,experienced_units,changeover_h,source
tractor,Tractors,tractor,main,tractors,0.9,0.3,20,4,assumption; learning_rate=P35
cab,Cabs,cab,cabs,,1,0,1,0,assumption""",
    "models": """
id,family,maker,name,category,built,status,power_hp_low,source
t80,tractor,Maker,T 80,T,2007-2010; 2015-,built,80,assumption
t90,tractor,Maker,T 90,T,2015-,built,90,assumption
c1,cab,Own,Cab 1,,2015-,built,,assumption""",
    "options": """
id,name,family,source
ac,Air conditioning,tractor,assumption""",
    "variants": """
id,model,name,options,labour_factor,local_share,needs,local_cost,currency,source
t80a,t80,T 80 open,,1,0.1,,300,USD,assumption
t90c,t90,"T 90, cab",ac,1.1,0.2,cab1:1,350,AZN,assumption
cab1,c1,Cab,,1,1,,400,AZN,assumption""",
    "parts": """
id,name,supply_mode,group,mass_kg,unit_cost,currency,partner,lead_days,serial,source
P-1,Engine,lot,power,400,2000,USD,maker,20,true,assumption; lead_days=P32
P-2,Battery,local,electrics,20,60,AZN,,5,false,assumption""",
    "bom": """
product,part,qty,station,supply_mode,date_from,date_to,source
tractor,P-1,1,S1,,,,assumption
t90c,P-2,2,S2,local,2020-01,2030-12,assumption""",
    "partners": """
id,name,country,makes,source
maker,Maker Works,BY,tractors,assumption""",
    "routes": """
route,name,kind,status,date_from,date_to,note,source
rail,Rail,supply,open,2007-01,2020-03-14,,assumption
rail,Rail,supply,restricted,2020-03-15,,slow; verify before use,assumption
bank,Bank,payment,open,2007-01,,,assumption""",
    "contracts": """
id,partner,name,kind,date_from,date_to,supply_route,payment_route,kits_min_year,kits_max_year,lots_max_month,currency,\
payment,prepaid_share,pay_days,shortfall_penalty,lead_low_days,lead_days,lead_high_days,missing_share,damage_share,\
replace_low_days,replace_days,replace_high_days,source
k25,maker,Kits of 2025,signed,2025-01,2030-12,rail,bank,0,900,4,USD,prepayment,0.3,60,250,20,30,45,0.04,\
0.02,7,20,45,assumption; missing_share=P30""",
    "contract_lines": """
contract,variant,lot_size,kit_price,source
k25,t80a,10,7000,assumption; lot_size=P17
k25,t90c,10,8200,assumption""",
    "kit_lots": """
id,as_of,contract,variant,kits,kits_left,status,ordered_on,expected_on,unpaid_share,source
L-1,2026-01,k25,t80a,20,20,cleared,2025-10-06,,0,assumption
L-2,2026-01,k25,t90c,10,10,shipped,2025-12-01,2026-02-02,0.7,assumption""",
    "stock": """
as_of,variant,place,units,source
2026-01,t80a,finished,3,assumption
2026-01,t80a,in_work,1,assumption""",
    "cases": """
id,kit_lot,container,groups,packaging,opened_on,source
L-1-1,L-1,C-1,power,steel_frame,2026-01-02,assumption
L-1-2,L-1,C-1,,crate,,assumption""",
    "units": """
id,kit_lot,kit_no,state,station,released_on,due_on,missing,source
U-1,L-1,1,planned,,,2026-02-10,,assumption""",
    "shortages": """
id,kit_lot,case,part,code,pieces,found_on,in_assembly,claim,claim_state,expected_on,note,source
D-1,L-1,L-1-1,P-1,D,1,2026-01-02,no,CL-1,accepted,2026-02-02,cracked block,assumption""",
    "loose_stock": """
as_of,part,store,pieces,source
2026-01,P-2,store,12,assumption""",
    "change_notes": """
id,product,old_part,new_part,qty_old,qty_new,basis,last_old,first_new,source
N-1,tractor,P-1,P-1,1,1,kit_lot,L-1,L-2,assumption""",
    "rates": """
currency,date_from,rate,source
AZN,2017-01,0.588,assumption""",
    "lines": """
id,name,kind,paced,wip_max_units,then,source
main,Main line,line,false,4,bay,assumption
cabs,Cab shop,shop,,0,,assumption
bay,Test bay,bay,,0,,assumption""",
    "stations": """
id,line,name,position,places,people,buffer_after,time_cv,down_share,repair_min,rework_share,rework_min,source
S1,main,Unpacking,1,1,2,1,0.2,0.02,25,0.02,30,assumption; down_share=P38
S2,main,Assembly,2,1,2,1,0.2,0.02,25,0.02,30,assumption
C1,cabs,Welding,1,1,1,2,0.2,0.02,25,0.02,30,assumption
B1,bay,Test,1,1,1,0,0.1,0,0,0.05,60,assumption""",
    "work_elements": """
id,family,name,station,minutes,people,skill,after,fit_later,source
e1,tractor,Unpack,S1,60,2,fitting,,false,assumption
e2,tractor,Fit engine,S2,120,2,fitting,e1,false,assumption
e3,tractor,Fit lamps,S2,30,1,fitting,e1;e2,true,assumption
e4,tractor,Test,B1,45,1,testing,e2,,assumption
w1,cab,Weld cab,C1,180,1,welding,,,assumption""",
    "crews": """
id,name,skills,people_open,people_min,people_max,wage_month,currency,hire_cost,leave_cost,hire_max_month,absence_share,\
overtime_max_share,overtime_premium_share,useful_share,source
fitters,Fitters,fitting;testing,5,3,9,900,AZN,350,900,2,0.04,0.2,0.5,0.62,assumption; absence_share=P43
welders,Welders,welding,1,1,3,950,AZN,350,900,1,0.04,0.2,0.5,0.62,assumption""",
    "markets": """
id,name,country,approval_required,source
az,Azerbaijan,AZ,true,assumption
ge,Georgia,GE,no,assumption""",
    "channels": """
id,name,market,kind,pay_days,patience_days,delivery_cost,currency,site,source
lessor,Lessor,az,state_lessor,75,90,150,AZN,,assumption
export,Export,ge,export,30,30,400,USD,georgia,assumption""",
    "demand": """
id,channel,product,date_from,date_to,units_year,season,price,currency,form,firm,late_cost_month,lost_cost,spread_share,\
source
d1,lessor,t80a,2026-01,2026-12,120,spring,9200,USD,unit,false,60,0,0.25,assumption; units_year=assumption+F293
d2,lessor,t90,2026-01,2027,60,flat,18900,AZN,unit,,60,0,0.25,assumption
d3,export,t80a,2026-01,2026-12,12,flat,9300,USD,unit,no,0,0,0.3,assumption""",
    "seasons": """
id,m01,m02,m03,m04,m05,m06,m07,m08,m09,m10,m11,m12,source
spring,0.7,1.1,1.6,1.6,1.2,0.8,0.6,0.7,1.0,1.1,0.9,0.7,assumption""",
    "approvals": """
product,market,status,date_from,date_to,emission_class,document,source
tractor,az,approved,2007-01,,Stage I,registration,assumption""",
    "quotas": """
id,market,product,year,units_max,source
q1,ge,t80a,2026,10,assumption""",
    "sites": """
id,name,country,receives,date_from,date_to,status,capacity_year,investment,currency,ownership,source
georgia,Yard,GE,unit,2019-04-15,,open,100,20000,USD,half,assumption""",
    "costs": """
id,name,amount_month,currency,date_from,date_to,source
staff,Other staff,2000,AZN,2017-01,,assumption""",
    "calendar_days": """
day,kind,name,source
2026-01-02,holiday,New Year run,P49
2026-01-10,workday,made up for,assumption""",
    "published": """
fact,measure,product,per,source
F061,built,tractor,year,F061""",
}
TABLES = {stem: text.strip() + "\n" for stem, text in _TEXTS.items()}


def files() -> dict[str, bytes]:
    """Every file of the folder by name."""
    return {"plant.toml": TOML.encode(), **{f"{stem}.csv": text.encode() for stem, text in TABLES.items()}}


def rows_of(text: str) -> list[list[str]]:
    """Cells of a table's text, the heading first."""
    return list(csv.reader(io.StringIO(text)))


def text_of(rows: list[list[str]]) -> str:
    """A table's text of its cells."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def write(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """Write the folder, some of its files changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (files() | {k: v.encode() for k, v in (changed or {}).items()}).items():
        (folder / name).write_bytes(data)
    return folder


def write_xlsx(path: Path, rows: list[list[str]]) -> Path:
    """Write a table as a workbook, numbers as numbers where they read back alike."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("table")
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if i and cell.isdecimal() and str(int(cell)) == cell and int(cell) < 10**15:
                    sheet.write_number(i, j, int(cell))
                else:
                    sheet.write_string(i, j, cell)
    return path
