//! Words of a condition.
//!
//! Design: one pass over bytes; conditions are ASCII outside of comments and strings, and the words that a
//! string can hold are ASCII too. Every token knows the byte it starts at.

use super::error::Fault;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, dots included: `card.sum_24h`.
    Name(String),
    Int(i64),
    Double(f64),
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    End,
}

/// A word and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexed {
    pub(super) at: usize,
    pub(super) token: Token,
}

/// Longer signs first, so that `<=` is not read as `<`.
const SIGNS: [&str; 22] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "(", ")", "[", "]", ",", "?",
    ":", ".",
];

pub(super) fn lex(source: &str) -> Result<Vec<Lexed>, Fault> {
    let bytes = source.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = source.get(at..).unwrap_or_default();
        let starts_number =
            byte.is_ascii_digit() || (*byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit));
        let (token, length) = if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if starts_number {
            number(rest, at)?
        } else if byte.is_ascii_alphabetic() || *byte == b'_' {
            name(rest)
        } else if *byte == b'"' || *byte == b'\'' {
            text(rest, *byte, at)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            return Err(strange(rest, at));
        };
        tokens.push(Lexed { at, token });
        at += length;
    }
    tokens.push(Lexed { at: source.len(), token: Token::End });
    Ok(tokens)
}

fn strange(rest: &str, at: usize) -> Fault {
    let help = match rest.as_bytes().first() {
        Some(b'&') => "write && for and",
        Some(b'|') => "write || for or",
        Some(b'=') => "write == to compare",
        _ => "remove it",
    };
    Fault::new(at, format!("`{}` means nothing here", rest.chars().next().unwrap_or(' ')), help)
}

/// A name may have dots inside, directly between its parts.
fn name(rest: &str) -> (Token, usize) {
    let bytes = rest.as_bytes();
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let next_starts_part =
            bytes.get(length + 1).is_some_and(|next| next.is_ascii_alphabetic() || *next == b'_');
        if byte.is_ascii_alphanumeric() || *byte == b'_' || (*byte == b'.' && next_starts_part) {
            length += 1;
        } else {
            break;
        }
    }
    (Token::Name(rest.get(..length).unwrap_or_default().to_owned()), length)
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    let mut double = false;
    if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        double = true;
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + signed);
        if exponent > 0 {
            double = true;
            length += 1 + signed + exponent;
        }
    }
    if bytes.get(length).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return Err(Fault::new(at, "this number has letters in it", "write digits, like 250 or 2.5"));
    }
    let text = rest.get(..length).unwrap_or_default();
    let token = if double {
        text.parse().ok().filter(|value: &f64| value.is_finite()).map(Token::Double)
    } else {
        text.parse().ok().map(Token::Int)
    };
    let token = token.ok_or_else(|| Fault::new(at, "this number is too large", "use a smaller one"))?;
    Ok((token, length))
}

fn text(rest: &str, quote: u8, at: usize) -> Result<(Token, usize), Fault> {
    let bytes = rest.as_bytes();
    let open = || Fault::new(at, "this text never ends", "close it with the quote that opened it");
    let inner = bytes.iter().skip(1).position(|byte| *byte == quote).ok_or_else(open)?;
    let value = rest.get(1..=inner).ok_or_else(open)?;
    if value.contains(['\\', '\n']) {
        return Err(Fault::new(at, "a text cannot hold `\\` or a line break", "use one of the known words"));
    }
    Ok((Token::Text(value.to_owned()), inner + 2))
}
