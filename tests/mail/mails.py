"""Invented mails as they come back: answers, notices with and without a report, and what machines write."""

LETTER = "<letter.7@norrland.example>"
BACK = "firstcall+b-k7f3q9@norrland.example"
ADDRESSED = f"From: %s\nTo: {BACK}\nDate: Mon, 4 May 2026 09:30:00 +0200\nMessage-ID: <answer.1@example.org>\n"
PERSON = ADDRESSED % "Carol Díaz <Carol@Example.ORG>"
DAEMON = "Return-Path: <>\n" + ADDRESSED % "Mail Delivery System <MAILER-DAEMON@mx.example.org>"


def mail(text="Yes, send her over.\n", *, head=PERSON, subject="Re: Ada Weiß for your platform team", more=""):
    return f"{head}Subject: {subject}\n{more}\n{text}".encode()


REPLY = mail(more=f"In-Reply-To: {LETTER}\nReferences: <older@norrland.example> {LETTER}\n")


def report(fields, *, head=DAEMON, subject="Undelivered Mail Returned to Sender", kind="delivery-status", returned=""):
    """A multipart/report with these fields; `returned` are the headers of the letter it is about."""
    return f"""{head}Subject: {subject}
MIME-Version: 1.0
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type={kind}; boundary="=_r"

--=_r
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

--=_r
Content-Type: message/{kind}

{fields}
--=_r
Content-Type: message/rfc822

{returned or f"Message-ID: {LETTER}"}
From: firstcall@norrland.example
Subject: Ada for your team

Hello Bob,
--=_r--
""".encode()


def delivery(action, status, said="", recipient="rfc822; Bob@Example.org"):
    return (
        "Reporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: {recipient}\nAction: {action}\nStatus: {status}\n"
        + (f"Diagnostic-Code: smtp; {said}\n" if said else "")
    )


BOUNCE = report(delivery("failed", "5.1.1", "550 5.1.1 <bob@example.org>:\n    User unknown"))
GAVE_UP = report(delivery("failed", "4.4.7", "451 4.4.1 Connection timed out"))
DELAY = report(delivery("delayed", "4.4.1"), subject="Delayed Mail (still being retried)")
DELIVERED = report(delivery("delivered", "2.0.0"), subject="Successful Mail Delivery Report")
RELAYED = report(delivery("relayed", "2.0.0"), subject="Delivery Status Notification (Relay)")
TWO_FATES = report(
    delivery("delayed", "4.2.2", recipient="rfc822;slow@example.org")
    + "\nFinal-Recipient: rfc822;gone@example.org\nAction: failed\nStatus: 5.0.0\n"
    + "Diagnostic-Code: smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound\n"
)
COMPLAINT = report(
    f"Feedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\nOriginal-Rcpt-To: <bob@example.org>\n"
    f"Original-Mail-From: <{BACK}>\n",
    head=ADDRESSED % "Feedback loop <fbl@example.net>",
    subject="FW: Ada for your team",
    kind="feedback-report",
)
READ = report(
    f"Final-Recipient: rfc822; carol@example.org\nOriginal-Message-ID: {LETTER}\n"
    "Disposition: manual-action/MDN-sent-manually; displayed\n",
    head=PERSON,
    subject="Read: Ada for your team",
    kind="disposition-notification",
    returned="X-Nothing: returned",
).replace(b"Auto-Submitted: auto-replied\n", b"")

QMAIL = mail(
    f"""Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bob@example.org>:
Sorry, no mailbox here by that name. vpopmail (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{BACK}>
Message-ID: {LETTER}
Subject: Ada for your team

Hello Bob,
""",
    head=DAEMON,
    subject="failure notice",
)
EXCHANGE = mail(
    """Your message

  To:      Bob
  Subject: Ada for your team
  Sent:    Mon, 4 May 2026 09:12:00 +0200

did not reach the following recipient(s):

bob@example.org on Mon, 4 May 2026 09:12:03 +0200
    The recipient name is not recognized
    The MTS-ID of the original message is: c=se;a= ;p=example;l=MX0105040712
    MSEXCH:IMS:EXAMPLE:MX:MX01 0 (000C05A6) Unknown Recipient
""",
    head=ADDRESSED % "System Administrator <postmaster@example.org>",
    subject="Undeliverable: Ada for your team",
)
EXIM_DELAY = mail(
    """This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.org.

The address to which the message has not yet been delivered is:

  bob@example.org
    Delay reason: connection timed out

No action is required on your part.
""",
    head=DAEMON,
    subject="Warning: message 1aBcDe-0001 delayed 24 hours",
)
UNZUSTELLBAR = mail(
    "Ihre Nachricht konnte nicht zugestellt werden.\n550 Postfach nicht vorhanden\n",
    head=DAEMON,
    subject="Unzustellbar: Ada",
)

AWAY = {
    "RFC 3834": mail("I am away.\n", more="Auto-Submitted: auto-replied (vacation)\n"),
    "precedence": mail("I am away.\n", more="Precedence: auto_reply\n"),
    "X-Autoreply": mail("I am away.\n", more="X-Autoreply: yes\n"),
    "return path": b"Return-Path: <>\n" + mail("I am away.\n"),
    "English": mail("Back on Monday.\n", subject="Automatic reply: Ada for your team"),
    "Exchange": mail(
        "Back on Monday.\n", subject="Out of Office AutoReply: Ada", more="X-Auto-Response-Suppress: All\n"
    ),
    "within": mail("Weg.\n", subject="Ada - Out of Office", more="X-Auto-Response-Suppress: DR, OOF, AutoReply\n"),
    "German": mail("Ich bin nicht da.\n", subject="=?utf-8?q?Abwesenheitsnotiz=3A_Ada_Wei=C3=9F?="),
    "French": mail("Je suis absente.\n", subject="Réponse automatique : Ada"),
    "Spanish": mail("Vuelvo el lunes.\n", subject="Respuesta automática: Ada"),
    "Dutch": mail("Ik ben er niet.\n", subject="Automatisch antwoord: Ada"),
    "Swedish": mail("Jag är ledig.\n", subject="Automatiskt svar: Ada"),
    "list": mail("Digest.\n", more="List-Id: <jobs.example.org>\n"),
    "bare daemon": mail("Here is your weekly report.\n", head=DAEMON, subject="Weekly report"),
}
PEOPLE = {
    "plain": REPLY,
    "away in the text": mail("I am out of the office until Monday. Automatic reply? No, it is me.\n"),
    "answers an automatic reply": mail("Welcome back!\n", subject="Re: Automatic reply: Ada"),
    "subject of an office": mail("At nine?\n", subject="Out of office hours call about Ada"),
    "Auto-Submitted: no": mail(more="Auto-Submitted: no\n"),
    "quotes a bounce": mail("This came back:\n\n" + QMAIL.decode().partition("\n\n")[2], subject="Fwd: failure notice"),
    "suppresses only": mail(more="X-Auto-Response-Suppress: All\n"),
}
