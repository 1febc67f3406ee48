from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0002_route_back_and_transforms"),
    ]

    operations = [
        migrations.AddField(
            model_name="connectiontoken",
            name="lease_owner",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="connectiontoken",
            name="lease_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
