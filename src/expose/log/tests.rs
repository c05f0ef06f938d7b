//! The log as a whole, to a pipe: forms, levels, and that hostile bytes stay inside their line.

use super::*;
use samples::every_record;
use std::io::{PipeReader, Read, pipe};

fn log(format: Format, level: Level) -> (Log, PipeReader) {
    let (read, write) = pipe().unwrap();
    (Log::to_stream(format, write.into(), level, ArgvInLog::Redacted).unwrap(), read)
}

fn all((log, mut read): (Log, PipeReader)) -> String {
    assert!(log.flush(Duration::from_secs(10)));
    drop(log);
    let mut all = String::new();
    read.read_to_string(&mut all).unwrap();
    all
}

#[test]
fn text_has_time_level_and_sentence() {
    let (log, read) = log(Format::Text, Level::Info);
    log.write(Wall(951_827_696_789_000_000), &Record::Started);
    log.write(Wall(0), &Record::AlreadyTracked { identity: samples::discovery().identity });
    let said = all((log, read));
    assert_eq!(said, "2000-02-29T12:34:56.789Z INFO  [watch] Auto-attach service started\n");
}

#[test]
fn json_is_one_object_a_line_with_the_fields() {
    let hostile = "x\n\"\\\u{1b}é";
    let records = every_record(hostile);
    let (log, read) = log(Format::Json, Level::Debug);
    records.iter().for_each(|record| log.write(Wall(1_000_000), record));
    let said = all((log, read));
    assert_eq!(said.lines().count(), records.len());
    for (line, record) in said.lines().zip(&records) {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect(line);
        assert_eq!(object["ts"], "1970-01-01T00:00:00.001Z");
        assert_eq!(object["msg"], Line::new(Wall(0), record, ArgvInLog::Redacted).to_string());
        assert!(object["level"].is_string() && object["event"].is_string());
        if let Record::Exited { .. } = record {
            assert_eq!((&object["pid"], &object["duration_seconds"]), (&4242.into(), &0.003.into()));
            assert_eq!(object["job"], "x\\n\"\\\\\\u{1b}é");
        }
        assert_eq!(
            serde_json::to_string(&object).unwrap().matches(":").count(),
            line.matches(":").count(),
            "no key twice"
        );
    }
}

#[test]
fn the_level_may_change_while_running() {
    let (mut log, read) = log(Format::Text, Level::Warning);
    log.write(Wall(0), &Record::Started);
    log.set(Level::Debug, ArgvInLog::None);
    log.write(Wall(0), &Record::Scanning);
    assert_eq!(all((log, read)), "1970-01-01T00:00:00.000Z DEBUG [watch] Scanning for processes\n");
}

#[test]
fn the_notice_of_lost_lines_is_a_line_of_its_format() {
    let text = String::from_utf8(text::notice(Wall(0), 7)).unwrap();
    assert_eq!(
        text,
        "1970-01-01T00:00:00.000Z WARN  [watch] 7 log lines dropped: their reader did not keep up\n"
    );
    let json: serde_json::Value = serde_json::from_slice(&json::notice(Wall(0), 7)).unwrap();
    assert_eq!((&json["level"], &json["dropped"]), (&"warn".into(), &7.into()));
}
