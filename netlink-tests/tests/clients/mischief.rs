//! One client after the other, each up to something, by chance with a seed.

use super::answers;
use super::line::{Line, Place};
use super::words::{self, Language};
use netlink_tests::bench::chance::Chance;

/// Connections that are kept, idle, dripping, not reading.
const CROWD: usize = 100;

pub(super) struct Mischief {
    pub(super) chance: Chance,
    pub(super) places: Vec<Place>,
    crowd: Vec<Line>,
    pub(super) answers: usize,
}

impl Mischief {
    pub(super) fn new(chance: Chance, places: Vec<Place>) -> Mischief {
        Mischief { chance, places, crowd: Vec::new(), answers: 0 }
    }

    /// What one client does; how many requests that was.
    pub(super) fn act(&mut self) -> usize {
        let place = self.places[self.chance.of(0..self.places.len() as u64) as usize].clone();
        let language = if matches!(place, Place::Control(_)) { Language::Json } else { Language::Http };
        let chance = &mut self.chance;
        match chance.of(0..12) {
            0..4 => {
                let words = words::odd(chance, language);
                self.have_answered(&place, language, &[&words]);
            }
            4 => {
                let words = words::noise(chance, 9000);
                self.have_answered(&place, language, &[&words]);
            }
            5 => {
                let words = words::long(chance, language);
                self.have_answered(&place, language, &[&words]);
            }
            6 => return self.many_at_once(&place, language),
            7 => self.in_pieces(&place, language),
            8 => self.cut(&place, language),
            9 => return self.two_at_a_time(&place, language),
            10 => return self.ask_and_leave(&place, language),
            _ => self.crowd(&place, language),
        }
        1
    }

    fn have_answered(&mut self, place: &Place, language: Language, pieces: &[&[u8]]) {
        let mut line = Line::to(place);
        for piece in pieces {
            line.say(piece).expect("it hears to the end");
        }
        line.end();
        self.answers += answers::count(language, &line.hear_all());
    }

    fn many_at_once(&mut self, place: &Place, language: Language) -> usize {
        let count = self.chance.of(2..20) as usize;
        let mut words = Vec::new();
        for _ in 0..count {
            let some = if self.chance.of(0..8) == 0 { words::odd } else { words::right };
            words.extend(some(&mut self.chance, language));
        }
        self.have_answered(place, language, &[&words]);
        count
    }

    fn in_pieces(&mut self, place: &Place, language: Language) {
        let words = words::odd(&mut self.chance, language);
        let size = self.chance.of(1..30) as usize;
        let pieces: Vec<&[u8]> = words.chunks(size).collect();
        self.have_answered(place, language, &pieces);
    }

    fn cut(&mut self, place: &Place, language: Language) {
        let words = words::right(&mut self.chance, language);
        let at = self.chance.of(0..words.len() as u64 + 1) as usize;
        let mut line = Line::to(place);
        line.say(&words[..at]).expect("it hears to the end");
        match self.chance.of(0..3) {
            0 => {
                line.end();
                self.answers += answers::count(language, &line.hear_all());
            }
            1 => line.break_off(),
            _ => {}
        }
    }

    fn two_at_a_time(&mut self, place: &Place, language: Language) -> usize {
        let words = [words::right(&mut self.chance, language), words::right(&mut self.chance, language)];
        let mut lines = [Line::to(place), Line::to(place)];
        for n in 0..words[0].len().max(words[1].len()).div_ceil(7) {
            for (line, words) in lines.iter_mut().zip(&words) {
                let piece = words.chunks(7).nth(n).unwrap_or_default();
                line.say(piece).expect("it hears to the end");
            }
        }
        for line in &mut lines {
            line.end();
            self.answers += answers::count(language, &line.hear_all());
        }
        lines.len()
    }

    /// Its answers meet a closed door.
    fn ask_and_leave(&mut self, place: &Place, language: Language) -> usize {
        let count = self.chance.of(1..20) as usize;
        let mut line = Line::to(place);
        for _ in 0..count {
            let words = words::right(&mut self.chance, language);
            // A wrong one among them may have ended it.
            if line.say(&words).is_err() {
                break;
            }
        }
        if self.chance.of(0..2) == 0 {
            line.break_off();
        }
        count
    }

    fn crowd(&mut self, place: &Place, language: Language) {
        if self.crowd.len() == CROWD {
            let one = self.chance.of(0..CROWD as u64) as usize;
            drop(self.crowd.swap_remove(one));
        }
        let mut line = Line::to(place);
        let follow = b"{\"v\":1,\"ask\":\"events\",\"follow\":true}\n";
        match (self.chance.of(0..4), language) {
            (0, _) => {}
            (1, Language::Json) => line.say(follow).expect("it hears to the end"),
            (1 | 2, _) => line.say(&words::right(&mut self.chance, language)).expect("it hears to the end"),
            _ => line.say(b"G").expect("it hears to the end"),
        }
        self.crowd.push(line);
        // Those it has had enough of are gone.
        let one = self.chance.of(0..self.crowd.len() as u64) as usize;
        let _ = self.crowd[one].say(b"x");
        self.crowd[one].sip();
    }

    pub(super) fn end(self) {
        drop(self.crowd);
    }
}
