"""What people type when they look for their order: pure functions, no database."""

from ipaddress import ip_address, ip_network

from odoo.tools.mail import email_normalize

MAX_ORDER_NUMBER = 64  # characters
MAX_EMAIL = 254  # characters, the longest address that can be delivered to


def clean_order_number(typed: str) -> str:
    """Return an order's number without the signs that people put around it, in capitals."""
    return typed.strip().strip("#").strip().upper()


def clean_email(typed: str) -> str:
    """Return one address in its normal form, or nothing if it is none or too long."""
    typed = typed.strip()
    return "" if len(typed) > MAX_EMAIL else email_normalize(typed) or ""


def client_group(ip: str) -> str:
    """Return what counts as one visitor: an IPv4 address, or the /64 that an IPv6 line has."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    address = getattr(address, "ipv4_mapped", None) or address
    return str(address if address.version == 4 else ip_network((address, 64), strict=False))
