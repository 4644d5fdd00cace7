extension StatusPage {
    /// Of the script, in SHA-256 and base 64; a test holds it to that.
    static let scriptDigest = "dEtkk3R4DZlPcRAtxELj5OJZW0h1ekLyD0BBBn5o1ig="

    /// All of the page's script: it brings the page up to date every ten seconds while somebody may see it.
    ///
    /// It waits for a minute while a text is selected. A reader that is told of changes hears the verdict when that is another one, and that the daemon does
    /// not answer: what is shown then is how it stood.
    static let script = """
        (() => {
          "use strict";
          const [told, lost] = ["told", "lost"].map(id => document.getElementById(id));
          let timer = 0, isAsking = false, seen = Date.now(), shown = seen;
          const main = () => document.querySelector("main");
          const verdict = () => document.querySelector("h1").textContent.trim();
          function later() {
            clearTimeout(timer);
            if (!document.hidden) timer = setTimeout(refresh, 10000);
          }
          function show(page) {
            const after = page.querySelector("main");
            document.title = page.title;
            const isSame = main().innerHTML === after.innerHTML;
            if (!isSame && String(getSelection()) !== "" && Date.now() - shown < 60000) return;
            shown = Date.now();
            if (isSame) return;
            const was = verdict(), hadFocus = main().contains(document.activeElement);
            main().replaceWith(document.adoptNode(after));
            if (hadFocus) { after.tabIndex = -1; after.focus({preventScroll: true}); }
            if (was !== verdict()) told.textContent = verdict();
          }
          async function refresh() {
            if (isAsking || document.hidden) return;
            isAsking = true;
            try {
              const answer = await fetch(location.href, {cache: "no-store", signal: AbortSignal.timeout(8000)});
              if (!answer.ok) throw new Error();
              const text = await answer.text();
              seen = Date.now();
              lost.hidden = true;
              show(new DOMParser().parseFromString(text, "text/html"));
            } catch {
              if (lost.hidden) lost.textContent = "The daemon does not answer. This is how all stood at " + new Date(seen).toLocaleTimeString() + ".";
              lost.hidden = false;
              document.title = "? The daemon does not answer – optimize-backup";
            } finally {
              isAsking = false;
              later();
            }
          }
          document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : refresh());
          later();
        })();
        """
}
