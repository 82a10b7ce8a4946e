//! Strings as the wire takes them: short enough for a message, and without NUL.

use std::borrow::Cow;

/// A Wayland message ends at 4096 bytes, and all of a window's strings shall fit into few of them.
pub(crate) const MAX_TEXT: usize = 1024;

/// ext-foreign-toplevel-list-v1 says so.
const MAX_IDENTIFIER: usize = 32;

/// Any usual file system's limit.
const MAX_BRICK: usize = 255;

/// Leaves out NULs, which no Wayland string can hold, and cuts at the end of a character.
pub(crate) fn cut(text: &str, limit: usize) -> Box<str> {
    let clean = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
    let mut end = clean.len().min(limit);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    clean[..end].into()
}

/// An identifier is opaque and compared as a whole: one that does not follow the rules is not sent at all, since a cut
/// one could be another window's.
pub(crate) fn identifier(text: &str) -> Option<Box<str>> {
    let fits = (1..=MAX_IDENTIFIER).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b));
    fits.then(|| text.into())
}

/// Whether a brick's name is a file name that cannot leave its folder.
pub(crate) fn is_brick_name(name: &str) -> bool {
    (1..=MAX_BRICK).contains(&name.len())
        && name != "."
        && name != ".."
        && !name.chars().any(|c| c == '/' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_the_end_of_a_character() {
        assert_eq!(&*cut("häßlich", 2), "h");
        assert_eq!(&*cut("häßlich", 3), "hä");
        assert_eq!(&*cut("a\0b", 10), "ab");
        let long = "€".repeat(1000);
        let cut = cut(&long, MAX_TEXT);
        assert!(cut.len() <= MAX_TEXT && cut.len() > MAX_TEXT - 3 && long.starts_with(&*cut));
    }

    #[test]
    fn refuses_an_identifier_that_breaks_the_rules() {
        assert_eq!(identifier("abc-1").as_deref(), Some("abc-1"));
        assert_eq!(identifier(&"x".repeat(33)), None);
        assert_eq!(identifier("tab\t"), None);
        assert_eq!(identifier(""), None);
    }

    #[test]
    fn a_brick_is_a_plain_file_name() {
        assert!(is_brick_name("grün.png") && is_brick_name("...") && is_brick_name(&"x".repeat(255)));
        for bad in ["", ".", "..", "a/b", "/", "a\nb", "a\u{85}b", &"x".repeat(256)] {
            assert!(!is_brick_name(bad), "{bad:?}");
        }
    }
}
