"""What a database is made of, as lines of text, to be compared before and after."""

from devtools.database import Database

# what changes by itself; core tries a mail template on the newest order when it is saved, which
# gives that order its token; a Swedish label of mail.mail, which core has not, stays
VOLATILE = (
    "access_token",
    "website_form_label",
    "write_date",
    "write_uid",
    "nextcall",
    "lastcall",
    "failure_count",
    "arch_prev",
)
STRUCTURE = """
SELECT format('column %s.%s %s %s %s', table_name, column_name, udt_name, is_nullable,
              column_default)
  FROM information_schema.columns WHERE table_schema = 'public'
 UNION SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
 UNION SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
 UNION SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'
"""
# what core's modules bring and an addon can spoil
CORE = (
    "ir_act_client",
    "ir_act_report_xml",
    "ir_act_server",
    "ir_act_url",
    "ir_act_window",
    "ir_asset",
    "ir_config_parameter",
    "ir_cron",
    "ir_default",
    "ir_filters",
    "ir_model",
    "ir_model_access",
    "ir_model_fields",
    "ir_model_fields_selection",
    "ir_rule",
    "ir_sequence",
    "ir_ui_menu",
    "ir_ui_view",
    "mail_activity_type",
    "mail_message_subtype",
    "mail_template",
    "res_groups",
)
# where there are columns of ours, too, while the addon is there
EXTENDED = (
    "crm_team",
    "crm_team_member",
    "ir_model_data",
    "res_company",
    "website",
)
ORDERS = (
    "account_move",
    "account_move_line",
    "account_payment",
    "mail_activity",
    "mail_mail",
    "mail_message",
    "payment_transaction",
    "sale_order",
    "sale_order_line",
    "stock_move",
    "stock_picking",
)
# messages on other documents, such as "Scheduled Action created", are nobody's order
ONLY = {"mail_message": "WHERE model IN ('sale.order', 'stock.picking', 'account.move')"}


def structure(database: Database) -> set[str]:
    """Return the columns, indexes, constraints and sequences."""
    return set(database.sql(STRUCTURE).splitlines())


def columns(database: Database, tables: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the names of the tables' columns."""
    found: dict[str, list[str]] = {}
    for table in tables:
        found[table] = database.sql(
            f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        ).split()
    return found


def records(database: Database, of: dict[str, list[str]]) -> set[str]:
    """Return a line for each row of the tables: the table, the id and a hash of its columns."""
    selects = []
    for table, names in of.items():
        kept = ", ".join(f't."{name}"' for name in names if name not in VOLATILE)
        only = ONLY.get(table, "")
        selects.append(
            f"SELECT format('{table} %s %s', id, md5(ROW({kept})::text)) FROM {table} t {only}"
        )
    return set(database.sql(" UNION ALL ".join(selects)).splitlines())
