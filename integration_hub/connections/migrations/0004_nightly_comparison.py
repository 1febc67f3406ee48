from django.db import migrations, models

NIGHTLY = models.BooleanField(
    default=True,
    help_text="Finds and heals what webhooks and polls have missed.",
    verbose_name="compare both sides each night",
)
AT = models.TimeField(
    blank=True, help_text="Empty: at the installation's time, spread over the routes.", null=True, verbose_name="at"
)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0003_token_lease"),
    ]

    operations = [
        migrations.AddField(model_name=model, name=name, field=field)
        for model in ("route", "historicalroute")
        for name, field in (("reconciles_nightly", NIGHTLY), ("reconcile_at", AT))
    ]
