import click


@click.command()
def seed() -> None:
    pass
