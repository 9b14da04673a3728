//! Chosen models that their provider does not list any more: said at the chips, and replaced by choice.

use codecraft_core::provider::{ModelRef, catalog};
use leptos::prelude::*;

use crate::{
    browser::dom,
    components::{button::Button, icon::icon, memo},
    state::{App, form::field_id},
};

/// One sentence for each, with the nearest relative on offer.
pub fn vanished() -> AnyView {
    let app = App::here();
    let gone = memo(move || app.form.chosen.with(|chosen| app.models.vanished(chosen)));
    let sentences =
        move || gone.get().into_iter().map(|model| sentence(app, model)).collect::<Vec<_>>().into_any();
    view! { <div class="vanished" role="status">{move || sentences()}</div> }.into_any()
}

fn sentence(app: App, gone: ModelRef) -> AnyView {
    let near = untrack(|| {
        let usable = app.models.usable();
        app.form.draft.with(|draft| catalog::nearest(&gone, &draft.models, &usable))
    });
    let name = gone.model.clone();
    let remove = {
        let gone = gone.clone();
        move || {
            app.form.choose(&gone, false);
            dom::after_render(|| dom::focus(field_id(codecraft_core::brief::Field::Models)));
        }
    };
    let replace = near.map(|near| {
        let words = format!(
            "Use {} instead",
            if near.provider == gone.provider { near.name() } else { near.to_string() }
        );
        let label = format!("{words} of {}", gone.model);
        let press = move || {
            app.form.touched.set(true);
            app.form.edit(|draft| {
                // Somebody may have ticked it since it was offered, and nobody is asked twice.
                if draft.models.contains(&near) {
                    return draft.models.retain(|model| *model != gone);
                }
                for model in draft.models.iter_mut().filter(|model| **model == gone) {
                    model.clone_from(&near);
                }
            });
            dom::after_render(|| dom::focus(field_id(codecraft_core::brief::Field::Models)));
        };
        Button::new("btn btn-compact").text(words).label(label).on_press(press)
    });
    view! {
        <div class="notice" data-tone="warn">
            {icon("i-warn")}
            <p><strong>{format!("{name} is not there any more.")}</strong>" Its provider does not list it."</p>
            <div class="notice-acts">{replace}{Button::new("btn btn-quiet btn-compact").text("Remove").label(format!("Remove {name}, which is gone")).on_press(remove)}</div>
        </div>
    }
    .into_any()
}
