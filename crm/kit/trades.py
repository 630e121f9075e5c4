"""What very many jobs are called in one word. Such a title by itself gives nothing away, and stands in every letter."""

TRADES = frozenset(
    """accountant actuary administrator advisor advocate agent analyst apprentice architect artist assistant associate
    attorney auditor baker banker biologist bookkeeper broker builder buyer captain carpenter cashier ceo cfo chair
    chef chemist chief cleaner clerk coach consultant controller cook coo coordinator copywriter counsel counsellor
    courier cto curator dentist deputy designer developer director dispatcher doctor draftsman driver economist editor
    electrician employee engineer estimator executive expert farmer finance fitter foreman gardener geologist graduate
    guard guide handyman hr inspector instructor intern interpreter investigator janitor joiner journalist judge lawyer
    lead leader lecturer legal librarian lead machinist maintainer manager marketer marketing marketeer mason mechanic
    mentor midwife nurse nutritionist officer operations operator optician owner painter paralegal partner pharmacist
    photographer physician physicist physiotherapist pilot planner plumber porter president principal producer product
    professor programmer psychologist quality receptionist recruiter representative researcher reporter reviewer sales
    salesman saleswoman scientist secretary senior solicitor specialist statistician steward strategist student
    supervisor support surgeon surveyor tailor teacher technician tester therapist trader trainee trainer translator
    treasurer tutor underwriter veterinarian waiter warehouse welder writer""".split()
)
