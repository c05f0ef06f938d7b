//! Secrets that are named: `-key value`, `--key=value`, `?key=value&`, `key=value` in the option strings of ffmpeg
//! (`[f=flv:passphrase=…]`), gst-launch and x264, and header lines (`Authorization: Bearer …`).

use super::Expected;
use super::mask::Mask;
use super::name;
use std::ops::Range;

/// Hides every named secret in the argument; tells whether the next argument is one.
pub(super) fn hide(mask: &mut Mask<'_>) -> Expected {
    headers(mask);
    let arg = mask.arg;
    if words(mask) | assignments(mask) {
        return Expected::Secret;
    }
    match awaits_value(arg) {
        Some(expected) => {
            // A stream specifier (`-key:v`), or a value that was given with a colon.
            let colon = arg.iter().position(|&byte| byte == b':').unwrap_or(arg.len());
            mask.hide(colon..arg.len());
            expected
        }
        None if !arg.is_empty() && arg.iter().all(|&byte| name::is_part(byte)) && name::is_secret(arg) => {
            Expected::Assignment
        }
        None => Expected::Anything,
    }
}

/// Whether this is an option whose value, the next argument, is a secret.
pub(super) fn awaits_value(arg: &[u8]) -> Option<Expected> {
    let dashes = arg.iter().take_while(|&&byte| byte == b'-').count();
    let option = arg[dashes..].split(|&byte| byte == b':').next()?;
    let is_name = dashes > 0 && option.iter().all(|&byte| name::is_part(byte)) && name::is_secret(option);
    let pass = option.eq_ignore_ascii_case(b"pass");
    is_name.then_some(if pass { Expected::Pass } else { Expected::Secret })
}

/// `name=value`, spaces around the `=` allowed, and `"name":"value"`. Tells whether the last value is still to come.
fn assignments(mask: &mut Mask<'_>) -> bool {
    let arg = mask.arg;
    let mut at = 0;
    while let Some(equals) =
        (at..arg.len()).find(|&i| arg[i] == b'=' || (arg[i] == b':' && i > 0 && is_quote(arg[i - 1])))
    {
        at = equals + 1;
        let name = name_before(arg, equals);
        if !name::is_secret(&arg[name.clone()]) {
            continue;
        }
        let start = at + arg[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if start == arg.len() {
            return true;
        }
        let end = value_end(mask, &name, start);
        if !(arg[name].eq_ignore_ascii_case(b"pass") && name::is_encoding_pass(&arg[start..end])) {
            mask.hide(start..end);
        }
        at = end.max(at);
    }
    false
}

fn name_before(arg: &[u8], equals: usize) -> Range<usize> {
    let gap = |&&byte: &&u8| byte.is_ascii_whitespace() || byte == b'\\' || is_quote(byte);
    let end = equals - arg[..equals].iter().rev().take_while(gap).count();
    end - arg[..end].iter().rev().take_while(|&&byte| name::is_part(byte)).count()..end
}

/// Where the value of a secret ends. An argument that begins with the name is the value to its end; in a query `&`
/// ends it; elsewhere a space, a `|`, a bracket that was opened before, or `:`, `,`, `;`, `&` before another `name=`.
fn value_end(mask: &Mask<'_>, name: &Range<usize>, start: usize) -> usize {
    let arg = mask.arg;
    let before = arg[..name.start].last();
    if arg[..name.start].iter().all(|byte| b"-\"'".contains(byte)) {
        return arg.len();
    }
    if let Some(b'?' | b'&') = before {
        let end = mask.address_end(start);
        return arg[start..end].iter().position(|&byte| byte == b'&').map_or(end, |at| start + at);
    }
    let outer = mask.quote_at(name.start);
    let bracket = arg[..name.start].iter().rev().find(|byte| b"[]".contains(byte)) == Some(&b'[');
    let mut at = start;
    while at < arg.len() {
        let quoted = mask.quote_at(at).is_some_and(|quote| Some(quote) != outer);
        match arg[at] {
            b'\\' => at += 1,
            _ if quoted => {}
            byte if Some(byte) == outer => return at,
            b']' if bracket => return at,
            b'|' => return at,
            byte if byte.is_ascii_whitespace() => return at,
            b':' | b',' | b';' | b'&' if mask.setting_follows(at) => return at,
            _ => {}
        }
        at += 1;
    }
    arg.len()
}

/// `-key value` inside one argument: a whole command line handed to a shell, or a title a program gave itself.
/// Tells whether the last value is still to come.
fn words(mask: &mut Mask<'_>) -> bool {
    let arg = mask.arg;
    let mut secret = false;
    let mut start = 0;
    for end in (0..=arg.len()).filter(|&at| arg.get(at).is_none_or(u8::is_ascii_whitespace)) {
        let word = &arg[start..end];
        // The quote a value opens holds its spaces too.
        let open =
            secret && !word.is_empty() && mask.quote_at(end).is_some() && mask.quote_at(start).is_none();
        if open && end < arg.len() {
            continue;
        }
        if !word.is_empty() {
            if secret {
                mask.hide(start..end);
            }
            let expected = if word.len() < arg.len() { awaits_value(word.trim_ascii()) } else { None };
            secret = expected.is_some();
        }
        start = end + 1;
    }
    secret
}

/// `Name: value` at the start of a line, or anywhere with a space behind the colon: hidden to the end of the line.
fn headers(mask: &mut Mask<'_>) {
    let arg = mask.arg;
    let mut at = 0;
    while let Some(colon) = (at..arg.len()).find(|&i| arg[i] == b':') {
        at = colon + 1;
        let name = name_before(arg, colon);
        let starts_line = name.start == 0 || b"\r\n\"'".contains(&arg[name.start - 1]);
        let spaced = arg.get(at).is_some_and(u8::is_ascii_whitespace);
        if (starts_line || spaced) && name::is_secret(&arg[name]) {
            let end = (at..arg.len()).find(|&i| b"\r\n".contains(&arg[i])).unwrap_or(arg.len());
            mask.hide(at + usize::from(spaced).min(end - at)..end);
            at = end;
        }
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}
