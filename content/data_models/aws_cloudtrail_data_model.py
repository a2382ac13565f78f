"""The common fields of CloudTrail events, where a path alone does not give them."""

from ipaddress import ip_address

from margay_cloudtrail import actor, succeeded
from margay_sign_in import FAILED_LOGIN, SUCCESSFUL_LOGIN

SIGN_INS = {"Success": SUCCESSFUL_LOGIN, "Failure": FAILED_LOGIN}

# Calls to IAM and the word for what they do.
IAM_CALLS = {
    "CreateUser": "user_account_created",
    "DeleteUser": "user_account_deleted",
    "UpdateUser": "user_account_modified",
    "CreateGroup": "user_group_created",
    "UpdateGroup": "user_group_modified",
    "AddUserToGroup": "user_group_modified",
    "RemoveUserFromGroup": "user_group_modified",
    "DeleteGroup": "user_group_deleted",
    "CreateRole": "user_role_created",
    "UpdateRole": "user_role_modified",
    "DeleteRole": "user_role_deleted",
    "EnableMFADevice": "mfa_enabled",
    "DeactivateMFADevice": "mfa_disabled",
}


def actor_user(event):
    return actor(event)


def event_type(event):
    name = event.get("eventName")
    source = event.get("eventSource")
    if source == "signin.amazonaws.com" and name == "ConsoleLogin":
        return SIGN_INS.get(event.deep_get("responseElements", "ConsoleLogin"))
    if source == "iam.amazonaws.com" and succeeded(event):
        return IAM_CALLS.get(name)
    return None


def source_ip(event):
    # AWS writes the name of a service here when the service made the call.
    address = event.get("sourceIPAddress")
    try:
        return str(ip_address(address))
    except ValueError:
        return None
