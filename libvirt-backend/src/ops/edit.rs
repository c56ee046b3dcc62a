//! Changes to a definition: its name, and what Berth notes down with it. Each is read back, because libvirt may ignore without a word.

use virt::sys;

use super::Context;
use super::call::{BadXml as _, Failed as _, Found, find};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, InputProblem, Result, Verb};
use crate::model::MachineId;
use crate::xml::XmlError;
use crate::xml::metadata::{
    BERTH_NS_PREFIX, BERTH_NS_URI, BerthMetadata, element_with_clipboard, element_with_tags, metadata_from_element,
    normalized_tags,
};
use crate::xml::name::check_domain_name;

const ELEMENT: i32 = sys::VIR_DOMAIN_METADATA_ELEMENT.cast_signed();

/// Gives the machine another name. Its files keep theirs.
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
    let change = |existing: Option<&str>| element_with_tags(existing, &tags);
    change_element(&found, "tags", change, |kept| kept.tags == tags)
}

/// May text be copied between this machine and the desktop?
pub(crate) fn set_shares_clipboard(ctx: &Context<'_>, id: MachineId, is_shared: bool) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ChangingDevices);
    let change = |existing: Option<&str>| element_with_clipboard(existing, is_shared);
    change_element(&found, "clipboard", change, |kept| kept.shares_clipboard == is_shared)
}

/// Changes Berth's element in the machine that runs and in that of the next start.
fn change_element(
    found: &Found,
    what: &str,
    change: impl Fn(Option<&str>) -> Result<String, XmlError>,
    is_kept: impl Fn(&BerthMetadata) -> bool,
) -> Result<Outcome> {
    let impact = found.impact()?;
    for target in [sys::VIR_DOMAIN_AFFECT_LIVE, sys::VIR_DOMAIN_AFFECT_CONFIG] {
        if impact & target == 0 {
            continue;
        }
        let existing = berth_element(found, target)?;
        let element = change(existing.as_deref()).bad_xml(&found.name)?;
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
        let kept = match berth_element(found, target)? {
            Some(element) => metadata_from_element(&element).bad_xml(&found.name)?,
            None => BerthMetadata::default(),
        };
        if !is_kept(&kept) {
            return Err(not_kept(found, what));
        }
    }
    Ok(Outcome::Done)
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
    use super::super::test_host::TestHost;
    use super::*;
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
