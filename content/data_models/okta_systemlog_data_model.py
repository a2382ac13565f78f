"""The common fields of Okta events, where a path alone does not give them.

Event types: https://developer.okta.com/docs/reference/api/event-types/
"""

from margay_sign_in import FAILED_LOGIN, SUCCESSFUL_LOGIN

# Event types whose outcome is a success, and the word for what happened.
SUCCESSES = {
    "user.session.start": SUCCESSFUL_LOGIN,
    "user.session.end": "successful_logout",
    "user.account.privilege.grant": "admin_role_assigned",
    "group.privilege.grant": "admin_role_assigned",
    "iam.resourceset.bindings.add": "admin_role_assigned",
    "user.mfa.factor.activate": "mfa_enabled",
    "user.mfa.factor.deactivate": "mfa_disabled",
    "user.mfa.factor.reset_all": "mfa_reset",
    "user.lifecycle.create": "user_account_created",
    "user.lifecycle.delete.completed": "user_account_deleted",
    "group.lifecycle.create": "user_group_created",
    "group.lifecycle.delete": "user_group_deleted",
}


def event_type(event):
    kind = event.get("eventType")
    result = event.deep_get("outcome", "result")
    if result == "SUCCESS":
        return SUCCESSES.get(kind)
    if result == "FAILURE" and is_failed_sign_in(event, kind):
        return FAILED_LOGIN
    return None


def is_failed_sign_in(event, kind):
    if kind == "user.session.start":
        return True
    # A refused second factor. A wrong password is an event of this kind too in Identity Engine, beside the
    # failed session start, and would be counted twice.
    factor = event.deep_get("debugContext", "debugData", "factor", default="")
    return kind == "user.authentication.auth_via_mfa" and not factor.startswith("PASSWORD")


def user(event):
    for target in event.get("target") or []:
        if target.get("type") == "User":
            return target.get("alternateId")
    return None
