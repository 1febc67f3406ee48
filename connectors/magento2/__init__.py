"""Magento 2 and Adobe Commerce, self-hosted, over REST."""
