//! Who calls, and whether they may: in the signature of each handler.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::{StatusCode, header, request::Parts};
use model::{Actor, ActorKind};

use crate::error::ApiError;
use crate::permission::{Permission, Role};
use crate::state::ApiState;

/// A caller who holds the permission of `P`. Permission comes before existence: 403 wins over 404.
pub(crate) struct Caller<P> {
    pub(crate) actor: Actor,
    permission: PhantomData<P>,
}

/// Names one permission in a type.
pub(crate) trait Needs: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($name:ident),+) => {
        $(
            pub(crate) struct $name;
            impl Needs for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )+
    };
}

needs!(AlertRead, AlertModify, LogSourceRead, DestinationRead, DestinationModify);

impl<P: Needs> FromRequestParts<ApiState> for Caller<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let value = token_of(parts).ok_or_else(|| unauthorized("no API token; send it as X-API-Key"))?;
        let token = state
            .store
            .authenticate(value)
            .await?
            .ok_or_else(|| unauthorized("unknown or revoked API token"))?;
        let role: Role = token.role.parse().map_err(|_| {
            ApiError::new(StatusCode::FORBIDDEN, format!("the token's role `{}` does not exist", token.role))
        })?;
        if !role.permits(P::PERMISSION) {
            let message = format!("the role {role} does not hold the permission {:?}", P::PERMISSION);
            return Err(ApiError::new(StatusCode::FORBIDDEN, message));
        }
        let actor = Actor { id: token.id, kind: ActorKind::ApiToken };
        Ok(Caller { actor, permission: PhantomData })
    }
}

fn unauthorized(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, message)
}

fn token_of(parts: &Parts) -> Option<&str> {
    if let Some(value) = parts.headers.get("x-api-key") {
        return value.to_str().ok();
    }
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
