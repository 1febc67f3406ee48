from django.db import migrations, models

_REPAIRS = {
    "default": True,
    "help_text": "Make webhooks anew by itself when the other side has switched them off or lost them.",
    "verbose_name": "repair webhooks",
}


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0004_nightly_comparison"),
    ]

    operations = [
        migrations.AddField("connection", "repairs_webhooks", models.BooleanField(**_REPAIRS)),
        migrations.AddField("historicalconnection", "repairs_webhooks", models.BooleanField(**_REPAIRS)),
        migrations.AddField("connection", "paused_by", models.CharField(blank=True, editable=False, max_length=150)),
        migrations.AddField(
            "historicalconnection", "paused_by", models.CharField(blank=True, editable=False, max_length=150)
        ),
    ]
