//! The file with the tiles of a map: replaced at once, so that no reader sees half of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A picture on a cell of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub brick: String,
    pub timestamp: f64,
}

/// The tiles by their cells.
pub type Tiles = BTreeMap<(i32, i32), Tile>;

/// `{ "x,y": { "brick": "name.png", "timestamp": 123.456 } }`
pub fn to_json(tiles: &Tiles) -> String {
    let entries: Vec<String> = tiles
        .iter()
        .map(|((x, y), tile)| {
            format!(
                "\"{x},{y}\": {{\"brick\": {}, \"timestamp\": {:.3}}}",
                quoted(&tile.brick),
                tile.timestamp
            )
        })
        .collect();
    format!("{{{}}}\n", entries.join(", "))
}

/// Writes a file beside it, syncs that, and puts it in its place.
pub fn write(path: &Path, tiles: &Tiles) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(to_json(tiles).as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn quoted(text: &str) -> String {
    let mut result = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => result.extend(['\\', letter]),
            letter if letter < ' ' => result.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => result.push(letter),
        }
    }
    result + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_file() {
        let path = std::env::temp_dir().join("manifest.json");
        let tile = Tile {
            brick: "a \"b\".png".into(),
            timestamp: 1.5,
        };
        write(&path, &Tiles::new()).unwrap();
        write(&path, &Tiles::from([((3, -4), tile)])).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"3,-4\": {\"brick\": \"a \\\"b\\\".png\", \"timestamp\": 1.500}}\n"
        );
    }
}
