"""The developer tool behind ./dev: sets up Odoo 19 and what it needs under .dev/, then runs, tests and builds."""
