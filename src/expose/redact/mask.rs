//! Which bytes of one argument are hidden, and where a value within it can end. Finders only ever add to the mask, so
//! their order does not matter and what one of them found no other can uncover.

use super::name;
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Mask<'a> {
    pub(super) arg: &'a [u8],
    hidden: Vec<bool>,
    /// For each byte the quote it stands in, 0 for none.
    quotes: Vec<u8>,
}

impl<'a> Mask<'a> {
    pub(super) fn new(arg: &'a [u8]) -> Mask<'a> {
        let mut open = 0;
        let mut escaped = false;
        let inside = |&byte: &u8| {
            let before = open;
            match byte {
                _ if escaped => {}
                b'"' | b'\'' if open == 0 => open = byte,
                _ if byte == open => open = 0,
                _ => {}
            }
            escaped = byte == b'\\' && !escaped;
            before
        };
        Mask { arg, hidden: vec![false; arg.len()], quotes: arg.iter().map(inside).collect() }
    }

    pub(super) fn hide(&mut self, range: Range<usize>) {
        self.hidden[range].fill(true);
    }

    /// The quote that is open at `at`, to be closed by the same byte.
    pub(super) fn quote_at(&self, at: usize) -> Option<u8> {
        self.quotes.get(at).copied().filter(|&quote| quote != 0)
    }

    /// Where an address, or a value in its query, that goes on from `from` surely ends: at a space, at the quote that was
    /// open before it, at the `|` of ffmpeg's tee. A space inside quotes, or in an argument that is an address as a whole,
    /// ends it only when an option, another setting or the end follows, for then it may belong to a passphrase.
    pub(super) fn address_end(&self, from: usize) -> usize {
        let (arg, quote) = (self.arg, self.quote_at(from));
        let spaces_may_belong = quote.is_some() || starts_with_scheme(arg);
        let mut at = from;
        while at < arg.len() {
            match arg[at] {
                b'\\' => at += 1,
                b'|' => return at,
                byte if Some(byte) == quote => return at,
                byte if byte.is_ascii_whitespace() => {
                    if !spaces_may_belong || self.setting_follows(at) {
                        return at;
                    }
                    at += arg[at + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                }
                _ => {}
            }
            at += 1;
        }
        arg.len()
    }

    /// Whether, after the byte at `at` and spaces, `name=`, `-option`, a pipeline's `!` or nothing more comes.
    pub(super) fn setting_follows(&self, at: usize) -> bool {
        let rest = self.arg[at + 1..].trim_ascii_start();
        let name = rest.iter().take_while(|&&byte| name::is_part(byte)).count();
        matches!(rest.first(), None | Some(b'!' | b'-')) || (name > 0 && rest.get(name) == Some(&b'='))
    }

    /// The argument with each hidden stretch as `***`, whatever its length was.
    pub(super) fn apply(&self) -> Vec<u8> {
        let mut shown = Vec::with_capacity(self.arg.len());
        for (i, &byte) in self.arg.iter().enumerate() {
            match self.hidden[i] {
                false => shown.push(byte),
                true if i == 0 || !self.hidden[i - 1] => shown.extend_from_slice(b"***"),
                true => {}
            }
        }
        shown
    }
}

fn starts_with_scheme(arg: &[u8]) -> bool {
    let scheme = arg.iter().take_while(|&&byte| name::is_part(byte) || byte == b'+').count();
    scheme > 0 && arg[scheme..].starts_with(b"://")
}
