"""Bitrix24: orders become deals, buyers contacts and companies, form leads leads or deals; stages come back."""
