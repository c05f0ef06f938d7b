//! Secrets in addresses: `user:pass@` in any, and in those of RTMP and SRT the last segment of the path, which is the
//! stream key, with every value of an RTMP query. Named values of other queries are `option`'s business.
//! Addresses occur inside filters (`movie=rtmp\://…`), tee lists and pipelines, so backslashes are looked through.

use super::mask::Mask;
use super::name;
use std::ops::Range;

const STREAMING: [&[u8]; 7] = [b"rtmp", b"rtmps", b"rtmpt", b"rtmpe", b"rtmpte", b"rtmpts", b"srt"];
const OTHERS: [&[u8]; 11] =
    [b"http", b"https", b"rtsp", b"rtsps", b"udp", b"rtp", b"tcp", b"tls", b"rist", b"ftp", b"file"];

/// Hides what is secret in every address of the argument. `cut`: the end of the argument is not known.
pub(super) fn hide(mask: &mut Mask<'_>, cut: bool) {
    let mut next = find(mask.arg, 0);
    while let Some(address) = next {
        next = find(mask.arg, address.body);
        // A key runs into the scheme of an unknown kind (`KEY-x://`): then all up to its colon is this address.
        let until = next.as_ref().map_or(mask.arg.len(), |next| next.start);
        let end = mask.address_end(address.body).min(until);
        one(mask, &address, address.body..end, cut && end == mask.arg.len());
    }
}

#[derive(Debug)]
struct Address {
    /// Where its scheme begins, or at least where the address before it ends.
    start: usize,
    /// What follows `://`.
    body: usize,
    rtmp: bool,
    streaming: bool,
}

/// The first `scheme://` whose slashes are at or after `from`.
fn find(arg: &[u8], from: usize) -> Option<Address> {
    let slash = |at: usize| {
        let at = at + arg[at..].iter().take_while(|&&byte| byte == b'\\').count();
        (arg.get(at) == Some(&b'/')).then_some(at + 1)
    };
    (from..arg.len()).filter(|&at| arg[at] == b':').find_map(|colon| {
        let body = slash(colon + 1).and_then(slash)?;
        let scheme_end = arg[..colon].iter().rposition(|&byte| byte != b'\\')? + 1;
        let part = |&&byte: &&u8| name::is_part(byte) || byte == b'+';
        let length = arg[from..scheme_end].iter().rev().take_while(part).count();
        let scheme = arg[scheme_end - length..scheme_end].to_ascii_lowercase();
        if scheme.is_empty() {
            return None;
        }
        let ends_with = |known: &&&[u8]| scheme.ends_with(known);
        let known = STREAMING.iter().chain(&OTHERS).filter(ends_with).max_by_key(|known| known.len());
        let known = *known.unwrap_or(&&b""[..]);
        Some(Address {
            start: scheme_end - known.len(),
            body,
            rtmp: known.starts_with(b"rtmp"),
            streaming: STREAMING.contains(&known),
        })
    })
}

fn one(mask: &mut Mask<'_>, address: &Address, body: Range<usize>, cut: bool) {
    let arg = mask.arg;
    let position = |range: Range<usize>, of: &[u8]| {
        arg[range.clone()].iter().position(|byte| of.contains(byte)).map_or(range.end, |at| range.start + at)
    };
    let path = position(body.clone(), b"/?#");
    let authority = &arg[body.start..path];
    match authority.iter().rposition(|&byte| byte == b'@') {
        Some(at) => mask.hide(body.start..body.start + at),
        // Is it `host:port`, or `user:pass` whose `@` was cut off or stands behind an unescaped `/`?
        None if cut && path == arg.len() => return mask.hide(body),
        None if !port_is_a_number(authority) => return mask.hide(body),
        None => {}
    }
    if !address.streaming {
        return;
    }
    let query = position(path..body.end, b"?");
    if let Some(key) = last_segment(arg, path..query) {
        mask.hide(key..query);
    }
    if address.rtmp && query < body.end {
        let mut start = query + 1;
        for pair in arg[start..body.end].split(|&byte| byte == b'&') {
            let value = pair.iter().position(|&byte| byte == b'=').map_or(0, |at| at + 1);
            mask.hide(start + value..start + pair.len());
            start += pair.len() + 1;
        }
    }
}

/// Where the last segment of a path begins. In a filter the path may be followed by more (`,scale=…/…`), which is told
/// from a key only by guessing: so the segment is looked for before such a mark, and hidden to the very end.
fn last_segment(arg: &[u8], path: Range<usize>) -> Option<usize> {
    let begin = |end: usize| {
        let path_end =
            arg[path.start..end].iter().rposition(|&byte| byte != b'/').map(|at| path.start + at + 1)?;
        arg[path.start..path_end].iter().rposition(|&byte| byte == b'/').map(|at| path.start + at + 1)
    };
    let mark = arg[path.clone()].iter().position(|byte| b",;[]'\"".contains(byte));
    mark.and_then(|at| begin(path.start + at)).or_else(|| begin(path.end))
}

fn port_is_a_number(authority: &[u8]) -> bool {
    let after_address =
        authority.iter().rposition(|&byte| byte == b']').map_or(authority, |at| &authority[at..]);
    let Some(colon) = after_address.iter().position(|&byte| byte == b':') else { return true };
    let port = &after_address[colon + 1..];
    let digits = port.iter().take_while(|byte| byte.is_ascii_digit()).count();
    port.get(digits).is_none_or(|byte| b",;[]'\"".contains(byte))
}
