//! What an attribute may be: its name, its value, and what some of them are besides.

use super::{VALUE_BYTES_MAX, Value};

const NAME_CHARS_MAX: usize = 20;

/// Of an extension too.
pub fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(fits)
}

pub const NOT_A_NAME: &str = "is no attribute: a name is 1 to 20 lower-case letters and digits";

/// The value of any attribute: spec, «Type System».
pub fn vetted(value: Value) -> Result<Value, String> {
    if let Value::Text(text) = &value {
        is_short(text)?;
        if text.chars().any(|c| c.is_control() || is_no_character(c)) {
            return Err("must hold no control characters and no noncharacters of Unicode".to_owned());
        }
    }
    Ok(value)
}

fn is_short(text: &str) -> Result<(), String> {
    if text.len() > VALUE_BYTES_MAX {
        return Err(format!("must have {VALUE_BYTES_MAX} bytes at most"));
    }
    Ok(())
}

fn is_no_character(c: char) -> bool {
    let code = u32::from(c);
    code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

pub fn filled(text: String) -> Result<String, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text) }
}

/// By its characters (RFC 3986, §2): what they stand for is the sender's affair.
pub fn uri_reference(text: String) -> Result<String, String> {
    is_short(&text)?;
    let bytes = text.as_bytes();
    let is_sound = |(at, byte): (usize, &u8)| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
    };
    let is_uri = bytes.iter().enumerate().all(is_sound) && text.matches('#').count() <= 1;
    if is_uri && !text.is_empty() {
        Ok(text)
    } else {
        Err("must be a URI or a relative reference, and not empty (RFC 3986)".to_owned())
    }
}

pub fn uri(text: String) -> Result<String, String> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    if text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) {
        uri_reference(text)
    } else {
        Err("must be a URI with its scheme (RFC 3986)".to_owned())
    }
}
