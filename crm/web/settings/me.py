"""One's own name, morning card, calendar, password, sessions and API tokens."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm import config
from crm.domain import accounts, api_tokens, calendars, cards, sign_ins, users
from crm.domain.users import User
from crm.forms.settings import CardForm, NameForm, PasswordForm, TokenForm
from crm.kit import addresses
from crm.web import access
from crm.web.access import me
from crm.web.settings.board import bp


@bp.get("/me")
def myself() -> str:
    return _page(NameForm(name=me().name), PasswordForm(), TokenForm())


@bp.post("/me/name")
def rename_me() -> ResponseReturnValue:
    form = NameForm()
    if form.take(lambda: users.rename(me(), form.name.data)) is None:
        return _page(form, PasswordForm(None), TokenForm(None)), 422
    return _done("That is your name from now on.")


@bp.post("/me/card")
def set_card() -> ResponseReturnValue:
    form = CardForm.of(me())
    if form.take(lambda: _set_card(form)) is None:
        return _page(NameForm(None, name=me().name), PasswordForm(None), TokenForm(None), form), 422
    return _done(cards.sentence(me()))


@bp.get("/me/card")
def show_card() -> str:
    """The next card, to be read before it comes. Nothing on it acts."""
    return render_template("settings/card.html", face=cards.preview(me()), sentence=cards.sentence(me()))


@bp.post("/me/calendar")
def make_calendar_link() -> ResponseReturnValue:
    """Answered with a page, not sent on: the link is shown here and never again."""
    token = calendars.make_link(me())
    return render_template("settings/calendar.html", link=feed_address(token)), 201


@bp.post("/me/calendar/revocation")
def revoke_calendar_link() -> ResponseReturnValue:
    calendars.revoke_link(me())
    return _done("That link no longer works. What a calendar has fetched before stays there until it looks again.")


@bp.post("/me/password")
def change_password() -> ResponseReturnValue:
    """Nothing of this user may be read before: the passwords are checked and hashed before the lock is taken."""
    form = PasswordForm()
    user = form.take(
        lambda: accounts.change_password(access.my_id(), current=form.current.data, new=form.password.data)
    )
    if user is None:
        return _page(NameForm(None, name=me().name), form, TokenForm(None)), 422
    access.sign_in(user)
    return _done("Your new password holds. Every other browser was signed out.")


@bp.post("/me/sign-ins/<sign_in_id>/end")
def end_sign_in(sign_in_id: str) -> ResponseReturnValue:
    sign_ins.end(sign_in_id, by=me())
    return _done("That browser is signed out.")


@bp.post("/me/sign-ins/end")
def end_other_sign_ins() -> ResponseReturnValue:
    sign_ins.end_all(me(), but=access.my_sign_in())
    return _done("Every other browser is signed out.")


@bp.post("/me/tokens")
def add_token() -> ResponseReturnValue:
    """Answered with a page, not sent on: the token is shown here and never again."""
    form = TokenForm()
    made = form.take(
        lambda: api_tokens.add(me(), scope=form.scope.data, name=form.label.data, days=form.days.data, by=me())
    )
    if made is None:
        return _page(NameForm(None, name=me().name), PasswordForm(None), form), 422
    token, plain = made
    return render_template("settings/token.html", token=token, plain=plain), 201


@bp.post("/me/tokens/<token_id>/revocation")
def revoke_token(token_id: str) -> ResponseReturnValue:
    api_tokens.revoke(token_id, by=me())
    return _done("That token no longer works.")


def _set_card(form: CardForm) -> User:
    users.set_time_zone(me(), form.time_zone.data)
    return cards.set_rhythm(
        me(), form.rhythm.data, weekday=form.weekday.data, hour=form.hour.data, people=form.people.data
    )


def _page(name: NameForm, password: PasswordForm, token: TokenForm, card: CardForm | None = None) -> str:
    return render_template(
        "settings/me.html",
        card_form=card or CardForm.of(me()),
        card_sentence=cards.sentence(me()),
        calendar=calendars.link_of(me()),
        name_form=name,
        password_form=password,
        token_form=token,
        sign_ins=sign_ins.of(me()),
        this_one=access.my_sign_in(),
        tokens=api_tokens.valid_of(me()),
        copies_to=copies_to(),
    )


def feed_address(token: str) -> str:
    return f"{config.current().base_url.rstrip('/')}/calendar/{token}.ics"


def copies_to() -> str:
    """Where copies of one's own mails are logged; nothing where no mail is read here."""
    settings = config.current()
    return addresses.with_word(settings.mail_from, f"log-{me().log_key}") if settings.reads_answers else ""


def _done(sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("settings.myself"), 303)
