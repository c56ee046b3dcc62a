//! Changes to a definition: its name, and what Berth notes down with it. Each is read back, because libvirt may ignore without a word.

use virt::sys;

use super::Context;
use super::call::{BadXml as _, Failed as _, Found, find};
use super::definition::secure_xml;
use super::protocol::history::recorded;
use crate::command::{JobStep, Outcome};
use crate::error::{Error, InputProblem, Result, Verb};
use crate::model::MachineId;
use crate::xml::metadata::{
    BERTH_NS_PREFIX, BERTH_NS_URI, BerthMetadata, Note, metadata_from_element, normalized_tags,
};
use crate::xml::name::check_domain_name;

const ELEMENT: i32 = sys::VIR_DOMAIN_METADATA_ELEMENT.cast_signed();

/// Gives the machine another name. Its files keep theirs, and so do the texts in its history, which are compared and put
/// back with the name that it has by then.
pub(crate) fn rename(ctx: &Context<'_>, id: MachineId, name: &str) -> Result<Outcome> {
    check_domain_name(name).map_err(Error::InvalidName)?;
    let found = find(ctx, id)?;
    ctx.step(JobStep::Renaming);
    if found.name == name {
        return Ok(Outcome::Done);
    }
    if ctx.connection.lookup_domain_by_name(name).is_ok() {
        return Err(Error::NameTaken(name.to_owned()));
    }
    found.domain.rename(name, 0).failed(Verb::Rename, &found.name)?;
    ctx.step(JobStep::ReadingBack);
    let renamed = find(ctx, id)?;
    if renamed.name == name {
        Ok(Outcome::Done)
    } else {
        Err(not_kept(&found, "name"))
    }
}

/// Replaces the tags and keeps whatever else stands in Berth's element.
pub(crate) fn set_tags(ctx: &Context<'_>, id: MachineId, tags: &[String]) -> Result<Outcome> {
    let tags = normalized_tags(tags).ok_or(Error::InvalidInput(InputProblem::InvalidTag))?;
    let found = find(ctx, id)?;
    ctx.step(JobStep::Tagging);
    note_down(ctx, &found, &Note::Tags(tags))
}

/// May text be copied between this machine and the desktop?
pub(crate) fn set_shares_clipboard(ctx: &Context<'_>, id: MachineId, is_shared: bool) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ChangingDevices);
    note_down(ctx, &found, &Note::SharesClipboard(is_shared))
}

/// Is it started with libvirt's daemon? Read back.
pub(crate) fn set_autostart(ctx: &Context<'_>, id: MachineId, is_on: bool) -> Result<Outcome> {
    let found = find(ctx, id)?;
    let failed = Verb::SetAutostart;
    found.domain.set_autostart(is_on).failed(failed, &found.name)?;
    if found.domain.autostart().failed(failed, &found.name)? == is_on {
        Ok(Outcome::Done)
    } else {
        Err(not_kept(&found, "autostart"))
    }
}

/// In the machine that runs and in that of the next start. What the definition said before is written down.
fn note_down(ctx: &Context<'_>, found: &Found, note: &Note) -> Result<Outcome> {
    let impact = found.impact()?;
    let mut targets = vec![sys::VIR_DOMAIN_AFFECT_LIVE, sys::VIR_DOMAIN_AFFECT_CONFIG];
    targets.retain(|target| impact & target != 0);
    let mut is_so = true;
    for target in &targets {
        is_so &= note.is_in(&metadata(found, *target)?);
    }
    if is_so {
        return Ok(Outcome::Done);
    }
    let write = || targets.iter().try_for_each(|target| write_down(found, note, *target));
    if impact & sys::VIR_DOMAIN_AFFECT_CONFIG == 0 {
        write()?;
    } else {
        let before = secure_xml(found)?;
        let what = vec![note.what().to_owned()];
        recorded(ctx, found, what, (&before, &before), |_| write())?;
    }
    Ok(Outcome::Done)
}

/// Into one of the two, read back.
pub(super) fn write_down(found: &Found, note: &Note, target: u32) -> Result<()> {
    let existing = berth_element(found, target)?;
    let element = note.element(existing.as_deref()).bad_xml(&found.name)?;
    found
        .domain
        .set_metadata(
            ELEMENT,
            Some(&element),
            Some(BERTH_NS_PREFIX),
            Some(BERTH_NS_URI),
            target,
        )
        .failed(Verb::SetMetadata, &found.name)?;
    if note.is_in(&metadata(found, target)?) {
        Ok(())
    } else {
        Err(not_kept(found, note.what()))
    }
}

fn metadata(found: &Found, target: u32) -> Result<BerthMetadata> {
    match berth_element(found, target)? {
        Some(element) => metadata_from_element(&element).bad_xml(&found.name),
        None => Ok(BerthMetadata::default()),
    }
}

/// Berth's metadata element; `None` where the domain has none.
pub(super) fn berth_element(found: &Found, impact: u32) -> Result<Option<String>> {
    match found.domain.metadata(ELEMENT, Some(BERTH_NS_URI), impact) {
        Ok(element) => Ok(Some(element)),
        Err(error) if error.code().to_raw() == sys::VIR_ERR_NO_DOMAIN_METADATA => Ok(None),
        Err(error) => Err(error).failed(Verb::ReadXml, &found.name),
    }
}

fn not_kept(found: &Found, what: &str) -> Error {
    Error::NotKept {
        object: found.name.clone(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lifecycle::start;
    use super::super::protocol::{history, redo_edit, undo_edit};
    use super::super::test_host::TestHost;
    use super::*;
    use crate::command::Overwrite;
    use crate::error::NameProblem;
    use crate::xml::metadata::tags_from_element;

    fn tags(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn a_renamed_machine_is_the_same_machine() {
        let host = TestHost::new();
        let id = host.define("old");
        assert_eq!(host.run(|ctx| rename(ctx, id, "new name")), Ok(Outcome::Done));
        assert_eq!(host.domain(id).name().unwrap(), "new name");
    }

    #[test]
    fn a_name_that_is_taken_or_impossible_is_refused_before_libvirt_is_asked() {
        let host = TestHost::new();
        let id = host.define("one");
        host.define("two");
        assert_eq!(
            host.run(|ctx| rename(ctx, id, "two")),
            Err(Error::NameTaken("two".to_owned()))
        );
        assert_eq!(
            host.run(|ctx| rename(ctx, id, "a\0b")),
            Err(Error::InvalidName(NameProblem::ControlCharacter))
        );
        assert_eq!(host.domain(id).name().unwrap(), "one");
    }

    #[test]
    fn tags_reach_both_definitions_of_a_running_machine() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        assert_eq!(
            host.run(|ctx| set_tags(ctx, id, &tags(&["web", "<&>'\"", "web"]))),
            Ok(Outcome::Done)
        );
        for impact in [sys::VIR_DOMAIN_AFFECT_LIVE, sys::VIR_DOMAIN_AFFECT_CONFIG] {
            let found = host.run(|ctx| find(ctx, id)).unwrap();
            let element = berth_element(&found, impact).unwrap().unwrap();
            assert_eq!(tags_from_element(&element).unwrap(), tags(&["<&>'\"", "web"]));
        }
        assert_eq!(host.run(|ctx| set_tags(ctx, id, &[])), Ok(Outcome::Done));
    }

    #[test]
    fn tags_and_the_clipboards_switch_are_undone_and_made_again_also_in_what_runs() {
        let host = TestHost::new();
        let graphics = "<graphics type='vnc' port='-1' passwd='SECRET'/>";
        let id = host.define_with("guest", graphics);
        host.run(|ctx| start(ctx, id)).unwrap();
        let noted = || {
            let found = host.run(|ctx| find(ctx, id)).unwrap();
            let targets = [sys::VIR_DOMAIN_AFFECT_LIVE, sys::VIR_DOMAIN_AFFECT_CONFIG];
            let both = targets.map(|target| metadata(&found, target).unwrap());
            assert_eq!(both[0], both[1]);
            (both[0].tags.clone(), both[0].shares_clipboard)
        };
        host.run(|ctx| set_tags(ctx, id, &tags(&["web"]))).unwrap();
        host.run(|ctx| set_tags(ctx, id, &tags(&["web"]))).unwrap();
        host.run(|ctx| set_shares_clipboard(ctx, id, true)).unwrap();
        let Ok(Outcome::History(entries)) = host.run(|ctx| history(ctx, id)) else {
            panic!("no history");
        };
        let what: Vec<_> = entries.iter().flat_map(|entry| &entry.what).collect();
        assert_eq!(what, ["tags", "clipboard"], "what changed nothing is no edit");
        assert!(!format!("{entries:?}").contains("SECRET"), "{entries:?}");
        let states = [(tags(&["web"]), false), (Vec::new(), false)];
        for state in states {
            let undone = host.run(|ctx| undo_edit(ctx, id, Overwrite::Refuse));
            let Ok(Outcome::Edited(report)) = undone else {
                panic!("{undone:?}")
            };
            let fates: Vec<_> = report.changes.iter().map(|change| &change.fate).collect();
            assert_eq!(fates, [&crate::property::edit::Fate::Applied], "{report:?}");
            assert_eq!(noted(), state);
        }
        host.run(|ctx| redo_edit(ctx, id, Overwrite::Refuse)).unwrap();
        assert_eq!(noted(), (tags(&["web"]), false));
    }

    #[test]
    fn the_clipboards_switch_leaves_the_tags_alone() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| set_tags(ctx, id, &tags(&["kept"]))).unwrap();
        for is_shared in [true, false] {
            assert_eq!(
                host.run(|ctx| set_shares_clipboard(ctx, id, is_shared)),
                Ok(Outcome::Done)
            );
            let found = host.run(|ctx| find(ctx, id)).unwrap();
            let element = berth_element(&found, sys::VIR_DOMAIN_AFFECT_CONFIG).unwrap().unwrap();
            let kept = metadata_from_element(&element).unwrap();
            assert_eq!((kept.shares_clipboard, kept.tags), (is_shared, tags(&["kept"])));
        }
    }

    #[test]
    fn an_impossible_tag_changes_nothing() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| set_tags(ctx, id, &tags(&["kept"]))).unwrap();
        assert_eq!(
            host.run(|ctx| set_tags(ctx, id, &tags(&["a,b"]))),
            Err(Error::InvalidInput(InputProblem::InvalidTag))
        );
        let found = host.run(|ctx| find(ctx, id)).unwrap();
        let element = berth_element(&found, sys::VIR_DOMAIN_AFFECT_CONFIG).unwrap().unwrap();
        assert_eq!(tags_from_element(&element).unwrap(), tags(&["kept"]));
    }
}
