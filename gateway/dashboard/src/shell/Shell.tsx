import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { ApiFault } from "../api/client";
import { useMe } from "../api/me";
import { useSpeech } from "../messages/language";
import { isClosed, pagesOf } from "./menu";
import { NotForYou } from "./NotForYou";
import { SessionEnded } from "./SessionEnded";

/** What stands around every page: the skip link, the menu, language and account; the page is in `main`. */
export function Shell() {
  const { m, language, change } = useSpeech();
  const me = useMe();
  const menu = useRef<HTMLUListElement>(null);
  const pages = pagesOf(me.data);
  const { pathname } = useLocation();
  // On a phone the menu is one line that scrolls sideways.
  useEffect(() => {
    menu.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [pathname, pages.length]);
  const ended = me.error instanceof ApiFault && me.error.status === 401;
  const other = language === "vi" ? "en" : "vi";
  return (
    <>
      <a className="skip" href="#main">
        {m.skip}
      </a>
      <header className="bar">
        <div className="bar-inner">
          <Link to="/" className="brand">
            {m.product}
          </Link>
          <nav aria-label={m.navigation}>
            <ul ref={menu}>
              {pages.map((page) => (
                <li key={page.path}>
                  <Link to={page.path}>{page.label(m)}</Link>
                </li>
              ))}
            </ul>
          </nav>
          <div className="bar-end">
            <button type="button" className="quiet" lang={other} onClick={() => change(other)}>
              {m.otherLanguage}
            </button>
            <form method="post" action="/logout" className="account">
              <span title={me.data?.account}>{me.data?.account}</span>
              <button className="quiet">{m.logOut}</button>
            </form>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {ended && <SessionEnded />}
        {/* Kept and not shown: what she was writing is there again when she has logged in, and nobody else reads it. */}
        <div hidden={ended}>{isClosed(pathname, me.data) ? <NotForYou /> : <Outlet />}</div>
      </main>
      <footer className="foot">
        <a href={language === "en" ? "/status?lang=en" : "/status"}>{m.statusPage}</a>
      </footer>
    </>
  );
}
