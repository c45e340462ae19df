//! Navigation: the screen that is shown, and the screens before and after it.

use crate::app::effect::Effect;
use crate::app::location::{Location, LookupPurpose};
use crate::client::ticket::{Lookup, Pending};
use crate::screens::screen::Screen;
use crate::widgets::text_input::TextInput;

/// The screens that the console remembers to go back to.
const REMEMBERED: usize = 30;

/// The screens, and the filter of the list while it is typed.
#[derive(Debug, Clone)]
pub(crate) struct Navigation {
    pub(crate) screen: Box<dyn Screen>,
    pub(crate) back: Vec<Box<dyn Screen>>,
    pub(crate) forward: Vec<Box<dyn Screen>>,
    pub(crate) filter: Option<TextInput>,
    /// The lookup of a person whose e-mail address was typed, and its purpose.
    pub(crate) lookup: Option<(Pending<Lookup>, LookupPurpose)>,
}

impl Navigation {
    pub(crate) fn new(screen: Box<dyn Screen>) -> Self {
        Self { screen, back: Vec::new(), forward: Vec::new(), filter: None, lookup: None }
    }

    /// Shows a screen; the shown one can be gone back to.
    pub(crate) fn open(&mut self, screen: Box<dyn Screen>) -> Vec<Effect> {
        self.filter = None;
        self.forward.clear();
        let (left, effects) = self.replace(screen);
        self.back.push(left);
        if self.back.len() > REMEMBERED {
            self.back.remove(0);
        }
        effects
    }

    pub(crate) fn go_back(&mut self) -> Vec<Effect> {
        let Some(before) = self.back.pop() else { return Vec::new() };
        let (left, effects) = self.replace(before);
        self.forward.push(left);
        effects
    }

    pub(crate) fn go_forward(&mut self) -> Vec<Effect> {
        let Some(next) = self.forward.pop() else { return Vec::new() };
        let (left, effects) = self.replace(next);
        self.back.push(left);
        effects
    }

    /// Starts again with one screen; returns the effects that cancel what the shown one requested.
    pub(crate) fn reset(&mut self, screen: Box<dyn Screen>) -> Vec<Effect> {
        (self.back, self.forward, self.lookup) = (Vec::new(), Vec::new(), None);
        self.show(screen)
    }

    /// Shows a screen in place of the shown one.
    pub(crate) fn show(&mut self, screen: Box<dyn Screen>) -> Vec<Effect> {
        self.replace(screen).1
    }

    /// Returns every screen that can be shown again.
    pub(crate) fn screens(&self) -> impl Iterator<Item = &dyn Screen> {
        std::iter::once(&self.screen).chain(&self.back).chain(&self.forward).map(|screen| &**screen)
    }

    pub(crate) fn screens_mut(&mut self) -> impl Iterator<Item = &mut Box<dyn Screen>> {
        std::iter::once(&mut self.screen).chain(&mut self.back).chain(&mut self.forward)
    }

    /// Returns a copy of the screen with the newest data of a location, if a new visit continues from it.
    pub(crate) fn continued(&self, location: &Location) -> Option<Box<dyn Screen>> {
        let same = self.screens().filter(|screen| screen.location() == *location);
        let newest = same.max_by_key(|screen| screen.newest_sample())?;
        newest.newest_sample().map(|_| newest.boxed_clone())
    }

    fn replace(&mut self, screen: Box<dyn Screen>) -> (Box<dyn Screen>, Vec<Effect>) {
        let mut left = std::mem::replace(&mut self.screen, screen);
        let effects = left.hide();
        (left, effects)
    }
}
