//! The text of a file, if it is text: UTF-8, of a sane size, without control characters.

use super::Broken;

/// Generous for a file written by hand or by a template.
const MOST_BYTES: usize = 1 << 20;

pub(super) fn decode(bytes: &[u8]) -> Result<&str, Broken> {
    if bytes.len() > MOST_BYTES {
        let why = format!("the file has {} bytes; at most {MOST_BYTES} (1 MiB) are read", bytes.len());
        return Err(Broken { line: 1, column: 1, why });
    }
    let text = str::from_utf8(bytes).map_err(|e| {
        let good = str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default();
        broken_after(good, "not UTF-8 text; save the file as UTF-8".into())
    })?;
    match text.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) {
        Some((at, c)) => {
            Err(broken_after(&text[..at], format!("control character U+{:04X}; remove it", u32::from(c))))
        }
        None => Ok(text),
    }
}

/// Lines end as the parser counts them: a carriage return alone ends one, too.
fn broken_after(good: &str, why: String) -> Broken {
    let ended = good.replace("\r\n", "\n").replace('\r', "\n");
    let last_line = ended.rsplit('\n').next().unwrap_or_default();
    Broken { line: ended.matches('\n').count() + 1, column: last_line.chars().count() + 1, why }
}
