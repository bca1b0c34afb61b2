"""The developer tool behind ./dev: sets up Odoo 19 under .dev/, then runs, tests and builds."""
