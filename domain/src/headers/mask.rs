//! Headers as they may be written down and shown: whatever is named like a secret without its value.

/// Stands for a value that is not shown.
pub const MASKED: &str = "***";

/// Parts of names, in lower case: `authorization`, `x-auth-token`, `x-api-key`, `cookie`, …
const SECRET: [&str; 12] = [
    "auth",
    "token",
    "secret",
    "passw",
    "pwd",
    "credential",
    "cookie",
    "session",
    "api-key",
    "apikey",
    "access-key",
    "private-key",
];

/// Whether a header of this name may hold a secret.
pub fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_like_a_secret_is_not_shown() {
        for name in [
            "Authorization",
            "PROXY-AUTHORIZATION",
            "X-Auth",
            "X-Api-Key",
            "x_api_key",
            "ApiKey",
            "X-Access-Token",
            "X-Shared-Secret",
            "X-Password",
            "x-passwd",
            "Cookie",
            "X-Session-Id",
            "X-Amz-Credential",
            "X-Private-Key",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in
            ["content-type", "X-Env", "webhook-id", "webhook-signature", "X-Webhook-Event", "Idempotency-Key"]
        {
            assert!(!names_secret(name), "{name}");
        }
    }
}
