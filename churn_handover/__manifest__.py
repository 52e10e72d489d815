{
    "name": "Churn Handover",
    "summary": "Keep the customer when the salesperson goes",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "churn_handover",
    "license": "LGPL-3",
    "depends": [
        "crm",
        "sale_management",
        "sale_crm",
        "hr",
        "calendar",
        "portal",
        "rating",
        "mass_mailing",
    ],
    "data": [
        # Security
        "security/churn_security.xml",
        "security/ir.model.access.csv",
        "security/churn_rules.xml",
        # Data
        "data/ir_sequence_data.xml",
        "data/team_role_data.xml",
        "data/ownership_rule_data.xml",
        "data/ir_cron_handover_data.xml",
        # Views
        "views/account_views.xml",
        "views/team_member_views.xml",
        "views/team_role_views.xml",
        "views/assignment_views.xml",
        "views/handover_views.xml",
        "views/handover_mail_templates.xml",
        "views/handover_line_views.xml",
        "views/ownership_rule_views.xml",
        "views/change_views.xml",
        "views/res_partner_views.xml",
        "views/churn_menus.xml",
        "views/res_config_settings_views.xml",
        # Wizards
        "wizards/archive_views.xml",
        "wizards/departure_views.xml",
        "wizards/hr_departure_wizard_views.xml",
    ],
    "demo": [
        "demo/demo_company.xml",
    ],
    # Read by demo_company.py
    "oca_data_manual": [
        "demo/accounts.csv",
        "demo/agenda.csv",
        "demo/opportunities.csv",
        "demo/people.csv",
        "demo/products.csv",
        "demo/quotations.csv",
    ],
    "assets": {
        "web.assets_backend": ["churn_handover/static/src/**/*"],
        "web.assets_tests": ["churn_handover/static/tests/tours/**/*"],
    },
    "application": True,
}
