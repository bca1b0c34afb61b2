"""Buttons that lead from a document to others."""


def open_records(records, action_xmlid: str) -> dict:
    """Return the action that opens some records: one in its form, more in a list.

    :param records: what is opened
    :param action_xmlid: the external id of the model's action
    """
    action = records.env["ir.actions.act_window"]._for_xml_id(action_xmlid)
    action |= {"domain": [("id", "in", records.ids)], "context": {"create": False}}
    if len(records) == 1:
        action |= {"views": [(False, "form")], "res_id": records.id}
    return action
