//! The numbers of the lines: each has the one after that of the line before it, also across files and restarts. Lost
//! lines have theirs too: the line that tells of a gap bears the first of them and says how many, so that what is there
//! proves what is missing.

use crate::model::Wall;
use serde::Deserialize;

/// Of the format: the `v` of every line. Fields may be added under the same version, none removed or changed.
pub const VERSION: u32 = 1;

/// Written in one piece: all of it stands in the file, or none.
const LARGEST_PIECE: u64 = 64 << 10;

/// Tells of a gap, as a line.
pub type GapLine = fn(Wall, u64) -> Vec<u8>;

#[derive(Debug)]
pub(super) struct Numbers {
    gap: GapLine,
    /// Unknown until the file has been looked at.
    next: Option<u64>,
    lost: u64,
}

/// Lines with their numbers, to be written next.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// How much of the lines' bytes it holds.
    pub(super) taken: usize,
    /// How many lost lines it tells of.
    told: u64,
    next: u64,
}

impl Numbers {
    pub(super) fn new(gap: GapLine) -> Numbers {
        Numbers { gap, next: None, lost: 0 }
    }

    pub(super) fn are_known(&self) -> bool {
        self.next.is_some()
    }

    /// Another file has numbers of its own. What is lost still has to be told.
    pub(super) fn forget(&mut self) {
        self.next = None;
    }

    /// Goes on after the last line of a file; anew where that bears no number.
    pub(super) fn follow(&mut self, line: &[u8]) {
        #[derive(Deserialize)]
        struct Last<'a> {
            seq: u64,
            event: &'a str,
            #[serde(default)]
            lost: u64,
        }
        let next = serde_json::from_slice(line).ok().map(|last: Last<'_>| {
            let used = if last.event == "gap" { last.lost.max(1) } else { 1 };
            last.seq.saturating_add(used)
        });
        self.next = Some(next.unwrap_or(1));
    }

    pub(super) fn lose(&mut self, lines: u64) {
        self.lost += lines;
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// As many lines as fit, the first of them in any case, after word of what is missing before them.
    pub(super) fn compose(&self, lines: &[u8], room: u64, now: Wall) -> Piece {
        let mut piece = Piece { bytes: Vec::new(), taken: 0, told: self.lost, next: self.next.unwrap_or(1) };
        if self.lost > 0 {
            piece.add(&(self.gap)(now, self.lost), self.lost);
        }
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            let before = piece.bytes.len();
            piece.add(line, 1);
            if piece.taken > 0 && piece.bytes.len() as u64 > room.min(LARGEST_PIECE) {
                piece.bytes.truncate(before);
                piece.next -= 1;
                break;
            }
            piece.taken += line.len();
        }
        piece
    }

    /// A piece stands in the file; gives back how many lost lines have now been told of, if any.
    pub(super) fn written(&mut self, piece: &Piece) -> Option<u64> {
        self.next = Some(piece.next);
        self.lost -= piece.told;
        Some(piece.told).filter(|&told| told > 0)
    }
}

impl Piece {
    /// A line, which is an object, with its number put in front.
    fn add(&mut self, object: &[u8], numbers: u64) {
        let head = format!("{{\"v\":{VERSION},\"seq\":{},", self.next);
        self.bytes.extend_from_slice(head.as_bytes());
        self.bytes.extend_from_slice(object.strip_prefix(b"{").unwrap_or(object));
        self.next = self.next.saturating_add(numbers);
    }
}

pub(super) fn count(lines: &[u8]) -> u64 {
    lines.iter().filter(|&&byte| byte == b'\n').count() as u64
}
