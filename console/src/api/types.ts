// Shapes on the wire, by name. They are generated from the server's description of its API before every build.
import type { components } from '../../generated/api';

type Schemas = components['schemas'];

export type Alert = Schemas['Alert'];
export type AlertPage = Schemas['AlertPage'];
export type AlertPatch = Schemas['AlertPatch'];
export type AlertStep = Schemas['AlertStep'];
export type AlertHistory = Schemas['AlertHistory'];
export type AlertStatus = Schemas['AlertStatus'];
export type Severity = Schemas['Severity'];
export type Actor = Schemas['Actor'];
export type ApiToken = Schemas['ApiToken'];
export type ApiTokenForm = Schemas['ApiTokenForm'];
export type ApiTokenPage = Schemas['ApiTokenPage'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditPage = Schemas['AuditPage'];
export type Comment = Schemas['Comment'];
export type CommentPage = Schemas['CommentPage'];
export type Delivery = Schemas['Delivery'];
export type DeliveryPage = Schemas['DeliveryPage'];
export type DeliveryList = Schemas['DeliveryList'];
export type Destination = Schemas['Destination'];
export type DestinationPage = Schemas['DestinationPage'];
export type EventPage = Schemas['EventPage'];
export type InvitedUser = Schemas['InvitedUser'];
export type LinkInfo = Schemas['LinkInfo'];
export type LogTypeAccessKind = Schemas['LogTypeAccessKind'];
export type PasswordLink = Schemas['PasswordLink'];
export type Permission = Schemas['Permission'];
export type Profile = Schemas['Profile'];
export type RecoveryCodes = Schemas['RecoveryCodes'];
export type Role = Schemas['Role'];
export type RoleForm = Schemas['RoleForm'];
export type RolePage = Schemas['RolePage'];
export type SecondFactor = Schemas['SecondFactor'];
export type Session = Schemas['Session'];
export type SessionInfo = Schemas['SessionInfo'];
export type SessionList = Schemas['SessionList'];
export type SignInRefusal = Schemas['SignInRefusal'];
export type User = Schemas['User'];
export type UserForm = Schemas['UserForm'];
export type UserPage = Schemas['UserPage'];

/** An identity provider that one can sign in through. */
export type SignInProvider = { id: string; label: string; kind: string; url: string };
/** How one can sign in; a server without single sign-on names no providers. */
export type SignInOptions = Schemas['SignInOptions'] & { enforceSso?: boolean; providers?: SignInProvider[] };
