from knockdown.basics.faults import BadInput as BadInput
from knockdown.plant.load import load as load
from knockdown.workflow.calibrate import calibrate as calibrate
from knockdown.workflow.check_plant import check as check
from knockdown.workflow.kit_api import kit as kit
from knockdown.workflow.ledger_api import open_ledger as open_ledger
from knockdown.workflow.line_runs import simulate_line as simulate_line
from knockdown.workflow.main_job import report as report
from knockdown.workflow.main_job import run as run
from knockdown.workflow.new_plant import new as new
from knockdown.workflow.new_plant import plants as plants
from knockdown.workflow.plan_months import plan as plan
from knockdown.workflow.rehearse import simulate as simulate
from knockdown.workflow.schemas import schema as schema
from knockdown.workflow.sweep import sweep as sweep

__version__: str
