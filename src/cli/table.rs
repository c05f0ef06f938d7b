//! A table in columns that stay straight whatever the cells hold, and that fits the terminal: the least important columns
//! go first, and what is still too long is cut. Pure.

use super::paint::{Ink, Paint};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const GAP: &str = "  ";

#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) right: bool,
    /// Where there is no room the highest go first; 0 stays.
    pub(super) spare: u8,
}

/// Of words.
pub(super) const fn left(head: &'static str, spare: u8) -> Column {
    Column { head, right: false, spare }
}

/// Of numbers.
pub(super) const fn right(head: &'static str, spare: u8) -> Column {
    Column { head, right: true, spare }
}

/// A piece of text without anything that a terminal would take for a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) ink: Ink,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell { text: text.into(), ink: Ink::Plain }
    }
}

/// One line each, the first the headings. Without `width` nothing is left out.
pub(super) fn lines(
    columns: &[Column],
    rows: &[Vec<Cell>],
    width: Option<usize>,
    paint: Paint,
) -> Vec<String> {
    let widths: Vec<usize> = (0..columns.len())
        .map(|n| {
            rows.iter().map(|row| row[n].text.width()).chain([columns[n].head.width()]).max().unwrap_or(0)
        })
        .collect();
    let kept = kept(columns, &widths, width);
    let most = width.unwrap_or(usize::MAX);
    let heads: Vec<Cell> = columns.iter().map(|c| Cell { text: c.head.into(), ink: Ink::Strong }).collect();
    std::iter::once(&heads)
        .chain(rows)
        .map(|row| {
            let cells = kept.iter().map(|&n| (&row[n], widths[n], columns[n].right));
            line(cells, most, paint)
        })
        .collect()
}

/// The columns for which there is room.
fn kept(columns: &[Column], widths: &[usize], width: Option<usize>) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let needed = |kept: &[usize]| kept.iter().map(|&n| widths[n] + GAP.len()).sum::<usize>() - GAP.len();
    while width.is_some_and(|width| needed(&kept) > width)
        && let Some(&least) =
            kept.iter().filter(|&&n| columns[n].spare > 0).max_by_key(|&&n| columns[n].spare)
    {
        kept.retain(|&n| n != least);
    }
    kept
}

fn line<'c>(cells: impl Iterator<Item = (&'c Cell, usize, bool)>, most: usize, paint: Paint) -> String {
    let (mut line, mut used, mut owed) = (String::new(), 0, 0);
    for (cell, width, right) in cells {
        let gap = if used + owed == 0 { 0 } else { GAP.len() };
        let pad = width - cell.text.width();
        let before = owed + gap + if right { pad } else { 0 };
        if used + before >= most {
            break;
        }
        let text = cut(&cell.text, most - used - before);
        line.extend(std::iter::repeat_n(' ', before));
        line.push_str(&paint.on(cell.ink, &text));
        used += before + text.width();
        // Nothing is written behind the last word of a line.
        owed = if right { 0 } else { pad };
    }
    line
}

/// At most so many columns of it; what was cut says so.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > most {
            break;
        }
        kept.push(c);
    }
    if most > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [left("NAME", 0), left("USER", 2), right("SIZE", 1)];

    fn table(names: &[&str], width: Option<usize>) -> Vec<String> {
        let rows: Vec<Vec<Cell>> =
            names.iter().map(|name| vec![(*name).into(), "me".into(), "7".into()]).collect();
        lines(&COLUMNS, &rows, width, Paint(false))
    }

    #[test]
    fn columns_are_straight_for_wide_and_for_combining_letters() {
        assert_eq!(
            table(&["a", "日本", "e\u{301}x"], None),
            ["NAME  USER  SIZE", "a     me       7", "日本  me       7", "e\u{301}x    me       7"]
        );
    }

    #[test]
    fn the_least_important_make_room_and_the_rest_is_cut() {
        assert_eq!(table(&["abcdef"], Some(18)), ["NAME    USER  SIZE", "abcdef  me       7"]);
        assert_eq!(table(&["abcdef"], Some(17)), ["NAME    SIZE", "abcdef     7"]);
        assert_eq!(table(&["abcdef"], Some(11)), ["NAME", "abcdef"]);
        assert_eq!(table(&["abcdef"], Some(4)), ["NAME", "abc…"]);
        assert_eq!((cut("日本", 3), cut("日本", 2), cut("ab", 0)), ("日…".into(), "…".into(), String::new()));
    }

    #[test]
    fn colour_takes_no_room() {
        let rows = [vec![Cell { text: "x".into(), ink: Ink::Bad }, "me".into(), "7".into()]];
        let lines = lines(&COLUMNS, &rows, None, Paint(true));
        assert_eq!(lines[1], "\x1b[31mx\x1b[0m     me       7");
    }
}
