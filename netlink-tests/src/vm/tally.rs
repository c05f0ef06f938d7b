//! Counts tests from what a world prints: the marks of `netlink-tests/vm/run-tests`, libtest's own lines, and
//! the `SKIPPED <test>: <why>` of tests that found their world lacking. Pure: lines in, numbers out.

/// What the reader of the line should do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Text,
    Marker,
    End,
}

/// Of a test that fails, so many lines are said again at the end; of more, the first ones, which say what failed, and the
/// last.
const LAST_WORDS: usize = 60;
const FIRST_OF_THEM: usize = 40;

/// One world's results, or the sum of several.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub passed: usize,
    /// Each failed test, by name.
    pub failed: Vec<String>,
    /// Each skipped test, by name, with its reason.
    pub skipped: Vec<String>,
    /// Each test that failed and passed when it was run again.
    pub unsteady: Vec<String>,
    /// A program or the whole world ended before its tests did: how those that were left would have ended is unknown.
    pub cut_short: bool,
    /// What failed tests said, of each the beginning and the end.
    pub last_words: Vec<String>,
    pub(super) binary: Option<Binary>,
}

/// The test binary that runs now.
#[derive(Clone, Debug, Default)]
pub(super) struct Binary {
    name: String,
    /// The test that has begun and not ended.
    test: Option<String>,
    /// What it said, as far as that is worth keeping.
    said: Vec<String>,
    passed: usize,
    failed: Vec<String>,
    last_words: Vec<String>,
    /// Tests that said they skip, with their words; libtest will count them as passed.
    skips: Vec<(Option<String>, String)>,
    ignored: Vec<String>,
    /// How many libtest says passed and failed; absent if the binary did not come to its end.
    /// Tests in documentation run as several binaries, and have as many results.
    result: Option<(usize, usize)>,
}

impl Tally {
    /// Of a world that did not run at all, which may be forgiven or not.
    pub fn absent(why: &str, forgiven: bool) -> Self {
        let (skipped, failed) =
            if forgiven { (vec![why.to_owned()], vec![]) } else { (vec![], vec![why.to_owned()]) };
        Self { skipped, failed, ..Self::default() }
    }

    /// Of a world that could not even begin.
    pub fn unprepared(why: &str) -> Self {
        let last_words = why.lines().map(str::to_owned).collect();
        Self { last_words, ..Self::absent("could not be prepared", false) }
    }

    /// Takes the next line.
    pub fn read(&mut self, line: &str) -> Line {
        if let Some(mark) = line.strip_prefix("@vm ") {
            return self.mark(mark);
        }
        if let Some(binary) = &mut self.binary {
            binary.read(line);
        }
        if line.is_empty() { Line::Marker } else { Line::Text }
    }

    /// A test binary starts: what follows is its output.
    pub fn begin(&mut self, name: &str) {
        self.binary = Some(Binary { name: name.to_owned(), ..Binary::default() });
    }

    /// It has ended, with that status if it has ended at all.
    pub fn end(&mut self, status: Option<i32>) {
        self.close(&status.map_or_else(|| "none".to_owned(), |status| status.to_string()));
    }

    /// The guest ended before its tests did: what ran has failed, or the boot has if nothing did.
    pub fn cut_off(&mut self) {
        if self.binary.is_none() {
            self.failed.push("the boot".to_owned());
        }
        self.cut_short = true;
        self.close("");
    }

    /// What failed was run again: what did not fail there passed, as far as tests passed there.
    pub fn forgive(&mut self, second: &Self) {
        self.last_words.extend_from_slice(&second.last_words);
        let anew = |test: &String| !second.failed.contains(test);
        let count = self.failed.iter().filter(|test| anew(test)).count();
        if second.skipped.is_empty() && second.passed >= count {
            self.unsteady.extend(self.failed.extract_if(.., |test| anew(test)));
            self.passed += count;
        }
    }

    /// Adds the results of the world `name`.
    pub fn add(&mut self, name: &str, world: &Self) {
        self.passed += world.passed;
        for (all, here) in [
            (&mut self.failed, &world.failed),
            (&mut self.skipped, &world.skipped),
            (&mut self.unsteady, &world.unsteady),
        ] {
            all.extend(here.iter().map(|test| format!("{name} {test}")));
        }
        self.last_words.extend(world.last_words.iter().map(|line| format!("{name:8}| {line}")));
    }

    pub fn ran(&self) -> usize {
        self.passed + self.failed.len() + self.skipped.len()
    }

    /// The closing line, for people and for scripts.
    pub fn summary(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped.len())
    }

    fn mark(&mut self, mark: &str) -> Line {
        let mut words = mark.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("start"), Some(name), None) => self.begin(name),
            (Some("exit"), _, Some(status)) => self.close(status),
            (Some("end"), None, None) => return Line::End,
            _ => return Line::Text,
        }
        Line::Marker
    }

    fn close(&mut self, status: &str) {
        let Some(mut binary) = self.binary.take() else { return };
        let (passed, failed) = binary.result.unwrap_or((binary.passed, 0));
        self.cut_short |= binary.result.is_none();
        let unnamed = failed.saturating_sub(binary.failed.len());
        binary.failed.extend((0..unnamed).map(|_| "a test whose output hides its name".to_owned()));
        // A binary that ended badly, without a failed test to show for it, is itself a failure.
        if binary.result.is_none() || (status != "0" && binary.failed.is_empty()) {
            let test = binary.test.take().unwrap_or_else(|| format!("the binary (status {status})"));
            binary.fail(test);
        }
        let whole = |test: &String| format!("{}::{test}", binary.name);
        self.passed += passed.saturating_sub(binary.skips.len());
        self.failed.extend(binary.failed.iter().map(whole));
        self.last_words.append(&mut binary.last_words);
        self.skipped.extend(binary.skips.iter().map(|(_, said)| said).chain(&binary.ignored).map(whole));
    }
}

impl Binary {
    fn fail(&mut self, test: String) {
        self.last_words.push(format!("{}::{test}", self.name));
        self.last_words.append(&mut self.said);
        self.failed.push(test);
    }

    /// Tests run one by one and uncaptured: what one prints follows "test NAME ... " on the same line.
    fn read(&mut self, line: &str) {
        let mut said = line;
        if let Some((name, rest)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ...")) {
            (said, self.test) = (rest.trim_start(), Some(name.to_owned()));
            self.said.clear();
        }
        if self.said.len() == LAST_WORDS {
            self.said.remove(FIRST_OF_THEM);
        }
        self.said.push(line.to_owned());
        if let Some((_, counts)) = line.split_once("test result: ") {
            let (passed, failed) = self.result.unwrap_or_default();
            self.result = Some((passed + count(counts, " passed"), failed + count(counts, " failed")));
            self.test = None;
        } else if let Some(skip) = said.strip_prefix("SKIPPED ") {
            if self.test.is_none() || self.skips.iter().all(|(test, _)| *test != self.test) {
                self.skips.push((self.test.clone(), skip.to_owned()));
            }
        } else if said == "ok" {
            self.passed += 1;
            self.test = None;
        } else if let Some(name) = self.test.take_if(|_| said == "FAILED") {
            self.skips.retain(|(test, _)| test.as_ref() != Some(&name));
            self.fail(name);
        } else if let Some(name) = self.test.take_if(|_| said.starts_with("ignored")) {
            // A part of another test, which starts it as a process of its own.
            if !said.contains("run by the test above") {
                self.ignored.push(format!("{name}: {said}"));
            }
        }
    }
}

/// The number before `word` in "ok. 3 passed; 0 failed; …".
fn count(counts: &str, word: &str) -> usize {
    let before = counts.split_once(word).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
