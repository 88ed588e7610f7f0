//! What passes in the views of a tab (scroll, cameras, the boxes of the last frame): not saved, not undone.
//!
//! Each view has a type of its own for it, which only the view knows; here they are kept side by side by the name of
//! the view. This is the one place where a type is forgotten and found again.

use std::any::Any;
use std::collections::BTreeMap;

use super::view_id::ViewId;

/// The states of the views of a tab.
#[derive(Debug, Default)]
pub struct ViewStates(BTreeMap<ViewId, Box<dyn Any>>);

impl ViewStates {
    /// The state of a view; a new one if there is none yet.
    pub fn of<S: Default + 'static>(&mut self, view: ViewId) -> &mut S {
        let state = self.0.entry(view).or_insert_with(|| Box::new(S::default()));
        // A view has one type of state, so this is what it left here itself.
        if !state.is::<S>() {
            *state = Box::new(S::default());
        }
        state.downcast_mut().expect("it was just made sure that it is one")
    }

    /// The state of a view that has been drawn.
    pub fn get<S: 'static>(&self, view: ViewId) -> Option<&S> {
        self.0.get(&view)?.downcast_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_view_finds_its_own_state_again() {
        let mut states = ViewStates::default();
        assert_eq!(states.get::<f32>(ViewId::Lanes), None);
        *states.of::<f32>(ViewId::Lanes) = 2.5;
        *states.of::<String>(ViewId::Source) = "hot".to_owned();
        *states.of::<f32>(ViewId::Details) = 1.0;
        assert_eq!(*states.of::<f32>(ViewId::Lanes), 2.5);
        assert_eq!(states.of::<String>(ViewId::Source), "hot");
        assert_eq!(states.get::<f32>(ViewId::Details), Some(&1.0));
    }

    #[test]
    fn a_state_of_another_type_is_begun_anew() {
        let mut states = ViewStates::default();
        *states.of::<f32>(ViewId::Lanes) = 2.5;
        assert_eq!(states.of::<u8>(ViewId::Lanes), &0);
        assert_eq!(states.get::<f32>(ViewId::Lanes), None);
    }
}
