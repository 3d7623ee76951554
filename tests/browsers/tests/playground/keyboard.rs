//! Uses the playground with a keyboard only.

use anyhow::{Context, Result};
use browsers::Key;
use serde_json::{Value, json};

use super::visit::Visit;

/// Presses Tab until the end of the page, and then Shift+Tab.
///
/// Each control gets the focus in the order of the document, with a visible outline.
pub async fn controls_are_reached_in_order(visit: &Visit) -> Result<()> {
    let Visit { browser, engine, .. } = visit;
    browser.evaluate(INSTALL, vec![]).await?;
    let controls = browser.evaluate("return controls().map(nameOf);", vec![]).await?;
    let controls = controls.as_array().context("a list of controls")?;
    assert!(controls.len() > 150, "{} controls", controls.len());
    let mut last = Value::Null;
    for control in controls {
        browser.press(None, Key::Tab).await?;
        last = browser.evaluate(FOCUSED, vec![]).await?;
        let expected = json!({ "name": control, "outline": true, "covered": false });
        assert_eq!(last, expected, "{engine:?}, Tab");
    }
    for control in controls.iter().rev().skip(1).take(3) {
        browser.press(Some(Key::Shift), Key::Tab).await?;
        let focused = browser.evaluate(FOCUSED, vec![]).await?;
        let expected = json!({ "name": control, "outline": true, "covered": false });
        assert_eq!(focused, expected, "{engine:?}, Shift+Tab after {last}");
    }
    Ok(())
}

/// Goes to a row, runs it, and opens and closes its details.
pub async fn row_is_run_and_read(visit: &Visit) -> Result<()> {
    let browser = &visit.browser;
    let focused = async || browser.evaluate("return nameOf(document.activeElement)", vec![]).await;
    // The link of the row in the summary opens its details and moves to the row.
    focus(visit, "a[href='#put-json']").await?;
    browser.press(None, Key::Enter).await?;
    assert_eq!(details(visit).await?, json!({ "expanded": "true", "visible": true }));
    focus(visit, "#put-json h3 button").await?;
    browser.press(None, Key::Space).await?;
    assert_eq!(details(visit).await?, json!({ "expanded": "false", "visible": false }));

    browser.press(None, Key::Tab).await?;
    assert_eq!(focused().await?, "button run in put-json");
    let count = "window.runs = 0; new MutationObserver(() => { window.runs += 1; })\
         .observe(document.getElementById('put-json'), { attributeFilter: ['data-state'] });";
    browser.evaluate(count, vec![]).await?;
    browser.press(None, Key::Enter).await?;
    let is_done = "return window.runs >= 2 && document.documentElement.dataset.state === 'done'";
    browser.wait_until(is_done).await?;
    assert_eq!(focused().await?, "button run in put-json", "the button keeps the focus");
    browser.press(Some(Key::Shift), Key::Tab).await?;
    browser.press(None, Key::Enter).await?;
    assert_eq!(details(visit).await?, json!({ "expanded": "true", "visible": true }));
    let text = "return document.querySelector('#put-json .details').innerText";
    let text = browser.evaluate(text, vec![]).await?;
    let text = text.as_str().context("the text of the details")?;
    assert!(text.contains("compared fields are as expected"), "{text}");

    // The details and the live decisions are scrolled by arrow keys.
    focus(visit, "#live").await?;
    browser.evaluate("document.getElementById('live').scrollTop = 0", vec![]).await?;
    browser.press(None, Key::Down).await?;
    browser.wait_until("return document.getElementById('live').scrollTop > 0").await
}

/// Chooses the second option with an arrow key, and then the first one.
pub async fn layer_is_removed(visit: &Visit) -> Result<()> {
    let browser = &visit.browser;
    focus(visit, "#layer input:checked").await?;
    for (key, layer, count) in [(Key::Right, "out", "1 of 41"), (Key::Left, "on", "41 of 41")] {
        browser.press(None, key).await?;
        let is_done = "return document.documentElement.dataset.state === 'done'\
             && document.title.startsWith('COUNT')";
        browser.wait_until(&is_done.replace("COUNT", count)).await?;
        let focused = "return document.activeElement.value";
        assert_eq!(browser.evaluate(focused, vec![]).await?, layer, "the option keeps the focus");
    }
    Ok(())
}

/// Sets the focus. The order of the controls has its own test.
async fn focus(visit: &Visit, selector: &str) -> Result<()> {
    let focus = "document.querySelector(arguments[0]).focus()";
    visit.browser.evaluate(focus, vec![selector.into()]).await?;
    Ok(())
}

/// Returns whether the details of the row are open and in the window.
async fn details(visit: &Visit) -> Result<Value> {
    let details = "const row = document.getElementById('put-json');\
         const details = row.querySelector('.details');\
         const { top, bottom } = details.getBoundingClientRect();\
         const expanded = row.querySelector('h3 button').getAttribute('aria-expanded');\
         return { expanded, visible: !details.hidden && top < innerHeight && bottom > 0 };";
    visit.browser.evaluate(details, vec![]).await
}

const INSTALL: &str = "
    // Only the checked radio button of a group is in the order.
    window.controls = () => [...document.querySelectorAll('a[href], button, input, summary, [tabindex]')]
        .filter(control => control.checkVisibility() && !(control.type === 'radio' && !control.checked));
    window.nameOf = control => {
        const name = control.title || control.textContent.trim() || control.value || control.id;
        const row = control.closest('.row');
        const short = row && control.matches('.again') ? 'run' : name;
        return `${control.localName} ${short}${row ? ` in ${row.id}` : ''}`;
    };
    document.activeElement.blur();
    scrollTo(0, 0);";

const FOCUSED: &str = "
    const control = document.activeElement;
    // The radio buttons are invisible, and their labels have the outline.
    const shown = control.type === 'radio' ? control.nextElementSibling : control;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    const { left, top, width, height } = shown.getClientRects()[0];
    // Lists can be longer than the window.
    const [x, y] = [left + width / 2, top + Math.min(height / 2, 10)];
    const above = document.elementFromPoint(x, y);
    return {
        name: nameOf(control),
        outline: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
        covered: !shown.contains(above),
    };";
