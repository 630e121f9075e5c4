"""Of a mail domain, what was registered by somebody: not "mail." before it, and not ".co.uk" behind."""

_SECOND = frozenset("ac asn co com edu go gob gov govt id ltd me ne net nom or org plc".split())
_COUNTRIES = frozenset(
    "ae ar at au bd bo br cn co cr cy do ec eg es gh gr gt hk hu id il in ir jo jp ke kr kw kz lb lk ma mt mx my ng np "
    "nz om pa pe ph pk pl pt py qa ro rs sa sg sv th tn tr tw tz ua ug uk uy uz ve vn za zm zw".split()
)
"""Where names are registered one level deeper."""
_SUFFIXES = frozenset(
    "co.com de.com eu.com uk.com us.com example.com example.net example.org com.de co.de com.se com.ru co.no".split()
)
_FREE_EVERYWHERE = frozenset(
    """aol fastmail freenet gmail gmx googlemail hotmail icloud live mail msn naver outlook posteo proton protonmail
    rocketmail tutanota yahoo yandex ymail zoho""".split()
)
_FREE = frozenset(
    """163.com 126.com alice.it aon.at arcor.de att.net bell.net bigpond.com bluewin.ch btinternet.com chello.at
    comcast.net cox.net duck.com email.de email.cz free.fr gawab.com hey.com hushmail.com inbox.lv inbox.com
    interia.pl kpnmail.nl laposte.net libero.it mac.com mailbox.org me.com neuf.fr o2.pl onet.pl op.pl orange.fr
    pobox.com pm.me qq.com rambler.ru rediffmail.com seznam.cz sfr.fr shaw.ca sina.com sky.com t-online.de telenet.be
    telus.net tiscali.it tuta.com tuta.io tutamail.com verizon.net virgilio.it virginmedia.com vodafone.de wanadoo.fr
    web.de wp.pl xs4all.nl ziggo.nl""".split()
)


def registered(domain: str) -> str:
    """mail.acme.co.uk is acme.co.uk; nothing where nobody registered it, as with co.uk itself, or everybody has mail
    there.
    """
    labels = domain.strip().rstrip(".").lower().split(".")
    suffix = 2 if _is_suffix(labels[-2:]) else 1
    own = ".".join(labels[-suffix - 1 :])
    return "" if len(labels) <= suffix or not all(labels) or is_free(own) else own


def label(domain: str) -> str:
    """The one word of it that its owner chose, as it is read: xn--bcher-kva.example is bücher."""
    return _read(registered(domain).partition(".")[0])


def is_free(own: str) -> bool:
    """Whether anybody gets a mailbox there, by the domain as it was registered."""
    return own in _FREE or own.partition(".")[0] in _FREE_EVERYWHERE


def _is_suffix(two: list[str]) -> bool:
    return ".".join(two) in _SUFFIXES or (len(two) > 1 and two[0] in _SECOND and two[1] in _COUNTRIES)


def _read(word: str) -> str:
    try:
        return word.encode("ascii").decode("idna") if word.startswith("xn--") else word
    except UnicodeError:
        return word
