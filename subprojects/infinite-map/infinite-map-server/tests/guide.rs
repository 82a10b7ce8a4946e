//! The guide's patch is the difference between the two examples, so that what it adds compiles.

use std::path::Path;
use std::process::Command;

#[test]
fn the_patch_makes_one_example_of_the_other() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let diff = Command::new("diff")
        .args(["-u", "--label", "a/src/main.rs", "--label", "b/src/main.rs", "plain.rs", "mapped.rs"])
        .current_dir(here.join("examples"))
        .output()
        .expect("diff");
    let wanted = String::from_utf8(diff.stdout).unwrap();
    let patch = std::fs::read_to_string(here.join("docs/add-the-extension.patch")).unwrap();
    assert!(patch == wanted, "docs/add-the-extension.patch is not the difference; it should be:\n{wanted}");
}

#[test]
fn the_guide_names_only_what_exists() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(here.join("README.md")).unwrap();
    let handler = include_str!("../src/handler.rs");
    let state = include_str!("../src/state.rs");
    let companion = include_str!("../src/companion.rs");
    let words =
        guide.split('`').skip(1).step_by(2).filter(|word| word.contains('_') && !word.contains([' ', ':', '/', '.']));
    let methods = words.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    for word in methods {
        // Names of the protocol and of Smithay's handlers are not ours to check.
        let known = [handler, state, companion].iter().any(|source| source.contains(&format!("fn {word}")));
        let foreign =
            ["infinite_map_v1", "output_bound", "new_toplevel", "toplevel_destroyed", "wl_output"].contains(&word);
        assert!(known || foreign, "the guide speaks of `{word}`");
    }
}
