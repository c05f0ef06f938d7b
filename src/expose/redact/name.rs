//! Which names announce a secret: `-key`, `streamKey=`, `X-Amz-Signature=`, `Authorization:`.

/// Anywhere in the name, with its separators taken out.
const TELLING: [&[u8]; 20] = [
    b"passphrase",
    b"passwd",
    b"password",
    b"secret",
    b"token",
    b"streamid",
    b"streamkey",
    b"streamname",
    b"signature",
    b"credential",
    b"authoriz",
    b"cookie",
    b"playpath",
    b"apikey",
    b"accesskey",
    b"privatekey",
    b"hdnts",
    b"hdnea",
    b"bearer",
    b"userpass",
];

/// As a word of the name.
const WORDS: [&[u8]; 11] =
    [b"key", b"keys", b"pass", b"pwd", b"pw", b"psk", b"sig", b"sign", b"hmac", b"jwt", b"conn"];

/// As the whole name: rtmp2sink's property for the stream key.
const WHOLE: &[u8] = b"stream";

/// Words that make `key` a key frame: `force_key_frames`, `key-int-max`, `hls_key_info_file`.
const OF_KEY_FRAMES: [&[u8]; 6] = [b"frame", b"frames", b"int", b"interval", b"unit", b"info"];

/// Bytes that names are made of.
pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || !byte.is_ascii()
}

pub(super) fn is_secret(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let flat: Vec<u8> = lower.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    let holds = |part: &[u8]| flat.windows(part.len()).any(|window| window == part);
    // `auth`, `auth_key`, `authmod`, but not a file's author.
    let auth = holds(b"auth") && !holds(b"author") && flat != b"authtype";
    if auth || flat == WHOLE || TELLING.iter().any(|part| holds(part)) {
        return true;
    }
    let words: Vec<&[u8]> = words(name, &lower);
    let frames = words.iter().any(|word| OF_KEY_FRAMES.contains(word));
    words.iter().any(|word| WORDS.contains(word) && !(frames && word.starts_with(b"key")))
}

/// What stands between separators, with `streamKey` as two words.
fn words<'a>(name: &[u8], lower: &'a [u8]) -> Vec<&'a [u8]> {
    let mut words = Vec::new();
    let mut start = 0;
    for at in 0..=name.len() {
        let separator = name.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let hump =
            at > 0 && !separator && name[at].is_ascii_uppercase() && !name[at - 1].is_ascii_uppercase();
        if separator || hump {
            words.push(&lower[start..at]);
            start = if separator { at + 1 } else { at };
        }
    }
    words
}

/// Values of an option called `pass` that are no password: ffmpeg's `-pass 1`, x264's `pass=qual`.
pub(super) fn is_encoding_pass(value: &[u8]) -> bool {
    matches!(value, [b'0'..=b'9'] | b"qual" | b"quant" | b"cbr" | b"pass1" | b"pass2" | b"pass3")
}
