//! OpenID Connect

#[cfg(test)]
mod tests {
    use openidconnect::core::CoreIdTokenClaims;
    #[test]
    fn numbers_keep_their_digits_and_still_are_times() {
        let text = r#"{"iss":"https://a.example","aud":["x"],"sub":"s","exp":1900000000,"iat":1800000000,"nonce":"n","email":"a@b.example","email_verified":true,"auth_time":1800000000}"#;
        let claims: CoreIdTokenClaims = serde_json::from_str(text).expect("claims");
        assert_eq!(claims.expiration().timestamp(), 1_900_000_000);
        let claims: CoreIdTokenClaims =
            serde_json::from_value(serde_json::from_str(text).expect("v")).expect("claims");
        assert_eq!(claims.issue_time().timestamp(), 1_800_000_000);
    }
}
